# Start a restored server so that nothing in it can act on the world, whatever its data asks for: neither it nor any program
# that it starts may connect anywhere (seccomp), start a program but those of its own recovery, or write outside the folders
# that are named (Landlock). It may still be connected to. Needs no root: a process may always give up rights, for good.
# Arguments: REPORT WRITABLE-DIR... -- PROGRAM ARGUMENT...   Writes what took hold into REPORT: connections, programs, writes.
use strict;
use warnings;
use POSIX ();

my $report = shift @ARGV;
my @writable;
while (@ARGV) { my $word = shift @ARGV; last if $word eq '--'; push @writable, $word }
my %numbers = (    # linux/audit.h, asm/unistd.h
    x86_64 => { arch => 0xC000003E, prctl => 157, seccomp => 317, sendto => 44, never => [42, 46, 307, 101, 310, 311, 438, 425] },
    aarch64 => { arch => 0xC00000B7, prctl => 167, seccomp => 277, sendto => 206, never => [203, 211, 269, 117, 270, 271, 438, 425] },
);    # never: connect, sendmsg, sendmmsg, ptrace, process_vm_readv, process_vm_writev, pidfd_getfd, io_uring_setup
my $here = $numbers{ (POSIX::uname())[4] };
my @held;
open(my $out, '>', $report) or die "$report: $!\n";    # before it may not be written any more
if ($here && syscall($here->{prctl}, 38, 1, 0, 0, 0) == 0) {    # PR_SET_NO_NEW_PRIVS: both filters below ask for it
    push @held, 'programs', 'writes' if eval { landlock() };
    push @held, 'connections' if eval { seccomp($here) };
}
print $out "@held\n";
close $out;
{ no warnings; exec { $ARGV[0] } @ARGV; }
print STDERR "$ARGV[0]: $!\n";
exit 127;

# Only what was opened before, and what comes in, can be talked with. A datagram to somewhere is a connection too.
sub seccomp {
    my $at = shift;
    my ($allow, $deny) = (0x7FFF0000, 0x00050000 | POSIX::EACCES());
    my @never = @{ $at->{never} };
    my $jump = sub { my ($code, $k, $yes, $no) = @_; return pack('SCCL', $code, $yes, $no, $k) };
    my $end = 10 + @never;                                     # where "deny" stands; a jump counts from the one behind it
    my @program = ($jump->(0x20, 4, 0, 0));                    # the architecture: an older one has other numbers
    push @program, $jump->(0x15, $at->{arch}, 0, $end - 2);
    push @program, $jump->(0x20, 0, 0, 0);                     # the number of the call
    push @program, $jump->(0x35, 0x40000000, $end - 4, 0);     # x32
    push @program, $jump->(0x15, $_, $end - 1 - @program, 0) for @never;
    push @program, $jump->(0x15, $at->{sendto}, 0, 4);         # sendto: allowed without an address
    push @program, $jump->(0x20, 48, 0, 0), $jump->(0x15, 0, 0, 3), $jump->(0x20, 52, 0, 0), $jump->(0x15, 0, 0, 1);
    push @program, $jump->(0x06, $allow, 0, 0), $jump->(0x06, $deny, 0, 0);
    my $filter = join '', @program;
    my $whole = pack('Sx6P', scalar @program, $filter);
    return syscall($at->{seccomp}, 1, 4, $whole) == 0 || syscall($at->{seccomp}, 1, 0, $whole) == 0;    # 4: keeps its speed
}

# linux/landlock.h. Reading stays open: what cannot leave need not be hidden, and a server reads from many places.
sub landlock {
    my $version = syscall(444, 0, 0, 1);
    return 0 if $version < 1;
    my ($execute, $write, $truncate) = (1, 2, 1 << 14);
    my $change = 0x1FF2;                                       # write, remove and make files and folders of every kind
    $change |= 1 << 13 if $version >= 2;
    $change |= $truncate if $version >= 3;
    my $rules = $version >= 6 ? pack('QQQ', $execute | $change, 0, 3) : pack('Q', $execute | $change);
    my $ruleset = syscall(444, $rules, length $rules, 0);
    return 0 if $ruleset < 0;
    my $allow = sub {
        my ($path, $what) = @_;
        my $fd = POSIX::open($path, 0x200000);                 # O_PATH
        return unless defined $fd;
        my $rule = pack('Ql', $what, $fd);
        my $done = syscall(445, $ruleset, 1, $rule, 0);
        POSIX::close($fd);
        die "no rule for $path\n" if $done != 0;
    };
    $allow->($_, $change) for grep { -d } @writable, '/dev/shm';
    $allow->('/dev/null', $write | ($version >= 3 ? $truncate : 0));
    my ($binaries) = $ARGV[0] =~ m{^(.*)/};
    my @loaders = grep { -f } glob('/lib*/ld-*.so* /lib/*/ld-*.so* /usr/lib*/ld-*.so* /usr/lib/*/ld-*.so*');
    my @recovery = grep { -f } map { ("/bin/$_", "/usr/bin/$_") } qw(sh dash bash cp);
    my %seen;
    $allow->($_, $execute) for grep { !$seen{$_}++ } $binaries, @loaders, @recovery, map { "$_/../bin" } grep { m{/wal$} } @writable;
    my $held = syscall(446, $ruleset, 0) == 0;
    POSIX::close($ruleset);
    return $held;
}
