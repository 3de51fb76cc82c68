# What a reader at the vault is handed instead of a program of its own: the program, with nothing to see but the repository.
#   vault_reader.pl PROGRAM ARGUMENT...
# The read-only view keeps a reader from writing. Without this it could still read what the vault's own user can: the key
# with which the vault fetches production's backups, for one. A process may give up rights for good without being root
# (linux/landlock.h); a kernel that does not know how leaves the reader as it was, which the isolation proof cannot see.
# On a vault of your own give readers a user of their own, or a ChrootDirectory.
use strict;
use warnings;
use POSIX ();

my ($execute, $write, $read_file, $read_dir) = (1, 2, 4, 8);
my $read = $read_file | $read_dir;
my $version = syscall(444, 0, 0, 1);
if ($version >= 1 && $^O eq 'linux') {
    my $all = 0x1FFF | ($version >= 2 ? 1 << 13 : 0) | ($version >= 3 ? 1 << 14 : 0);
    my $rules = pack 'Q', $all;
    my $ruleset = syscall(444, $rules, length $rules, 0);
    die "no rules\n" if $ruleset < 0;
    my %open = (
        (map { $_ => $read | $execute } qw(/usr /bin /sbin /lib /lib64)),
        (map { $_ => $read } qw(/srv/vault-ro /etc/pgbackrest/reader.conf /etc/ssl /proc/self)),
        (map { $_ => $read } qw(/etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache /etc/localtime /etc/hosts)),
        '/dev/null' => $read_file | $write, '/dev/urandom' => $read_file,
    );
    for my $path (sort keys %open) {
        my $fd = POSIX::open($path, 0x200000);    # O_PATH
        next unless defined $fd;
        my $what = -d $path ? $open{$path} : $open{$path} & ($execute | $write | $read_file);
        my $rule = pack 'Ql', $what, $fd;
        syscall(445, $ruleset, 1, $rule, 0) == 0 or die "no rule for $path: $!\n";
        POSIX::close($fd);
    }
    my ($arch) = (POSIX::uname())[4];
    syscall($arch eq 'x86_64' ? 157 : 167, 38, 1, 0, 0, 0);    # PR_SET_NO_NEW_PRIVS
    syscall(446, $ruleset, 0) == 0 or die "the rules do not hold: $!\n";
    POSIX::close($ruleset);
}
{ no warnings; exec { $ARGV[0] } @ARGV; }
die "$ARGV[0]: $!\n";
