# Ask SSH servers whether they would take a public key, without having its private half. Runs on a witness. Input:
#   ask ID ADDRESS PORT USER HOST-KEY / key ID TYPE BASE64      (after __END__)
# Output: accepts ASK-ID KEY-ID yes|no|unknown HOW, then: done SECONDS
my $zero = clock();
my (@asks, @keys);
while (my $line = <DATA>) { chomp $line; my ($what, @f) = split /\t/, $line; push @{ $what eq 'ask' ? \@asks : \@keys }, [@f] if $what eq 'ask' || $what eq 'key' }
own_folder();
my %path;
for (@keys) { my ($id, $type, $blob) = @$_; $path{$id} = "$folder/k$id.pub"; open(my $o, '>', $path{$id}) or die; print $o "$type $blob\n"; close $o; chmod 0600, $path{$id} }
my %running;
for my $ask (@asks) {
    while (keys %running >= 3) { my $pid = waitpid(-1, 0); last if $pid < 0; delete $running{$pid} }
    my $pid = fork(); die unless defined $pid;
    if (!$pid) { ask(@$ask); POSIX::_exit(0) }
    $running{$pid} = 1;
}
1 while waitpid(-1, 0) > 0;
emit('done', sprintf('%.4f', clock() - $zero));

sub ask {
    my ($id, $address, $port, $user, $host_key) = @_;
    my $known = "$folder/h$id";
    open(my $o, '>', $known) or die; print $o ($port == 22 ? $address : "[$address]:$port"), " $host_key\n"; close $o;
    my @left = @keys;
    # The post-quantum exchange, which newer clients try first, is 100 ms of work at each end and guards nothing here.
    while (my @some = splice @left, 0, 5) {    # a server takes six tries a session
        my ($status, undef, $err) = ran(3, '', 'ssh', '-v', '-T', '-F', 'none', '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none', '-o', 'StrictHostKeyChecking=yes', '-o', "UserKnownHostsFile=$known", '-o', 'GlobalKnownHostsFile=none', '-o', 'PreferredAuthentications=publickey', '-o', 'ConnectTimeout=2', '-o', 'KexAlgorithms=^curve25519-sha256', (map { ('-i', $path{ $_->[0] }) } @some), '-o', "User=$user", '-p', $port, $address, 'true');
        my $asked = $err =~ /Authentications that can continue|Server accepts key/;
        for (@some) {
            my $key = $path{ $_->[0] };
            my $yes = $err =~ /Server accepts key: \Q$key\E/;
            my $offered = $err =~ /Offering public key: \Q$key\E/;
            my ($why) = grep { !/^debug1/ && /\S/ } reverse split /\n/, $err;
            emit('accepts', $id, $_->[0], $yes ? 'yes' : $asked && $offered ? 'no' : 'unknown', $yes ? 'accepted' : $asked && $offered ? 'refused' : $status == 127 ? 'no ssh on the witness' : substr($why // "status $status", 0, 160));
        }
    }
}
