# Try every way of the list at once, over TCP and UDP, IPv4 and IPv6, within one bound. Input (after __END__):
#   timeout SECONDS / probe ID tcp|udp ADDRESS PORT
# Output: probe ID connected|refused|blocked|silent|error HOW MILLISECONDS ENDED-AFTER-SECONDS, then: done SECONDS
use Socket qw(:DEFAULT inet_pton AF_INET6 pack_sockaddr_in6 SOL_SOCKET SO_ERROR);
use Fcntl qw(F_SETFL O_NONBLOCK);

my $zero = clock();
my ($timeout, @todo) = (1);
while (my $line = <DATA>) {
    chomp $line;
    my ($what, @f) = split /\t/, $line;
    if ($what eq 'timeout') { $timeout = $f[0] } elsif ($what eq 'probe') { push @todo, [@f] }
}
# A question that every name server answers, also one that refuses it: the root's servers.
my $question = pack('nnnnnn', 0x5350, 0x0100, 1, 0, 0, 0) . "\0" . pack('nn', 2, 1);
my %blocked = map { $_ => 1 } qw(EHOSTUNREACH ENETUNREACH EACCES EPERM ETIMEDOUT ENETDOWN EHOSTDOWN EADDRNOTAVAIL EAFNOSUPPORT);

sub told {
    my ($id, $began, $saw, $how) = @_;
    my $now = clock();
    emit('probe', $id, $saw, $how, sprintf('%.2f', ($now - $began) * 1000), sprintf('%.4f', $now - $zero));
}
sub failed {
    my ($id, $began, $number) = @_;
    my $name = errno_name($number);
    told($id, $began, $name eq 'ECONNREFUSED' ? 'refused' : $blocked{$name} ? 'blocked' : 'error', $name);
}

while (my @batch = splice @todo, 0, 400) {    # below the 1024 descriptors of an ordinary user and of select
    my %open;
    for my $p (@batch) {
        my ($id, $protocol, $address, $port) = @$p;
        my $six = $address =~ /:/;
        my $began = clock();
        my $packed = inet_pton($six ? AF_INET6 : AF_INET, $address);
        if (!defined $packed) { told($id, $began, 'error', 'not an address'); next }
        my $where = $six ? pack_sockaddr_in6($port, $packed) : pack_sockaddr_in($port, $packed);
        my $s;
        if (!socket($s, $six ? AF_INET6 : AF_INET, $protocol eq 'udp' ? SOCK_DGRAM : SOCK_STREAM, 0)) { failed($id, $began, $!); next }
        fcntl($s, F_SETFL, O_NONBLOCK);
        # IP_RECVERR, IPV6_RECVERR (linux/in.h, linux/in6.h): an answer that says "prohibited" ends the attempt at once.
        # Without it IPv6 waits for the first retransmission, a second later.
        $six ? setsockopt($s, 41, 25, pack('i', 1)) : setsockopt($s, 0, 11, pack('i', 1));
        if (!connect($s, $where) && !$!{EINPROGRESS}) { failed($id, $began, $!); next }
        if ($protocol eq 'udp' && !defined send($s, $question, 0)) { failed($id, $began, $!); next }
        if ($protocol eq 'tcp' && getpeername($s)) { told($id, $began, 'connected', 'connected'); next }
        $open{ fileno $s } = [$id, $protocol, $s, $began];
    }
    my $end = clock() + $timeout;
    my $again = clock() + $timeout / 3;
    while (%open && (my $left = $end - clock()) > 0) {
        my ($read, $write) = ('', '');
        for my $n (keys %open) { $open{$n}[1] eq 'udp' ? (vec($read, $n, 1) = 1) : (vec($write, $n, 1) = 1) }
        if ($again && clock() >= $again) { $again = 0; send($_->[2], $question, 0) for grep { $_->[1] eq 'udp' } values %open }
        my $wait = $again && $again - clock() < $left ? $again - clock() : $left;
        next unless select(my $r = $read, my $w = $write, undef, $wait > 0 ? $wait : 0) > 0;
        for my $n (keys %open) {
            my ($id, $protocol, $s, $began) = @{ $open{$n} };
            if ($protocol eq 'udp') {
                next unless vec($r, $n, 1);
                if (defined recv($s, my $answer, 4096, 0)) { told($id, $began, 'connected', 'answered') }
                elsif ($!{EAGAIN}) { next }
                else { failed($id, $began, $!) }
            } else {
                next unless vec($w, $n, 1);
                my $error = unpack('i', getsockopt($s, SOL_SOCKET, SO_ERROR));
                if ($error) { failed($id, $began, $error) } else { told($id, $began, 'connected', 'connected') }
            }
            delete $open{$n};
        }
    }
    told($_->[0], $_->[3], $_->[1] eq 'udp' ? 'silent' : 'blocked', 'no answer') for values %open;
}
emit('done', sprintf('%.4f', clock() - $zero));
