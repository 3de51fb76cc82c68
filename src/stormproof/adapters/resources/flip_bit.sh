# Flip one bit in the middle of a file, and make sure of it. Environment: FILE, OFFSET (empty: the middle).
perl -e '
  my ($name, $at) = @ARGV;
  chmod 0600, $name; open(my $file, "+<:raw", $name) or die "$name: $!\n";
  my $size = -s $file; $at = int($size / 2) if $at eq ""; die "$name is empty\n" unless $at < $size;
  seek($file, $at, 0); read($file, my $byte, 1) == 1 or die "$!\n";
  seek($file, $at, 0); print {$file} chr(ord($byte) ^ 4) or die "$!\n"; close($file) or die "$!\n"' "$FILE" "$OFFSET"
