# Try every way of the list at once, over TCP and UDP, IPv4 and IPv6, each within its bound. Input (after __END__):
#   sockets / probe ID tcp|udp ADDRESS PORT SECONDS
# `sockets`: list this host's connections first, before the probes' own are among them.
# Output: probe ID connected|refused|blocked|silent|error HOW MILLISECONDS ENDED-AFTER-SECONDS, then: done SECONDS
use Socket qw(:DEFAULT inet_pton AF_INET6 pack_sockaddr_in6 SOL_SOCKET SO_ERROR);
use Fcntl qw(F_SETFL O_NONBLOCK);

my $zero = clock();
my @todo;
while (my $line = <DATA>) {
    chomp $line;
    my ($what, @f) = split /\t/, $line;
    push @todo, [@f] if $what eq 'probe';
    section('sockets', \&sockets) if $what eq 'sockets';
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
        my ($id, $protocol, $address, $port, $seconds) = @$p;
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
        $open{ fileno $s } = [$id, $protocol, $s, $began, $began + $seconds, $protocol eq 'udp' ? $began + $seconds / 3 : 0];
    }
    while (%open) {
        my ($read, $write, $now, $next) = ('', '', clock(), 1e18);
        for my $n (keys %open) {
            my ($id, $protocol, $s, $began, $end, $again) = @{ $open{$n} };
            if ($now >= $end) { told($id, $began, $protocol eq 'udp' ? 'silent' : 'blocked', 'no answer'); delete $open{$n}; next }
            if ($again && $now >= $again) { send($s, $question, 0); $again = $open{$n}[5] = 0 }    # a datagram may get lost
            $protocol eq 'udp' ? (vec($read, $n, 1) = 1) : (vec($write, $n, 1) = 1);
            $next = $_ for grep { $_ && $_ < $next } $end, $again;
        }
        next unless %open && select(my $r = $read, my $w = $write, undef, $next > $now ? $next - $now : 0) > 0;
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
}
emit('done', sprintf('%.4f', clock() - $zero));
