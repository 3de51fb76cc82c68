# Shared by the isolation scripts. Needs perl-base only; runs as an ordinary user; changes nothing on the host.
# Output: one record a line, fields separated by tabs, each byte outside printable ASCII written as %XX.
use strict;
use warnings;
use POSIX ();
use Errno ();

$| = 1;
$SIG{PIPE} = 'IGNORE';
$ENV{PATH} = ($ENV{PATH} // '') . ':/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin';
$ENV{LC_ALL} = 'C';

# Seconds of a clock that nobody sets; Time::HiRes is not in perl-base, and times() ticks every 10 ms.
my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK()) || 100;
my $fine = eval { require Time::HiRes; Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()); 1 };
sub clock { return $fine ? Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) : (POSIX::times())[0] / $ticks }

sub escaped { my $t = defined $_[0] ? $_[0] : ''; $t =~ s/([^ -~]|%)/sprintf('%%%02X', ord $1)/ges; return $t }
sub emit { print join("\t", map { escaped($_) } @_), "\n" }
sub errno_name { my $n = shift() + 0; local $! = $n; for (keys %!) { return $_ if $!{$_} } return "errno $n" }
sub lines_of {    # up to 5000 lines of a file; undef when it cannot be read (and says so unless it is not there)
    my $path = shift;
    open(my $in, '<', $path) or do { emit('unreadable', $path, errno_name($!)) unless $!{ENOENT} || $!{ENOTDIR}; return };
    my @lines;
    while (defined(my $line = <$in>)) { chomp $line; push @lines, $line; last if @lines >= 5000 }
    return \@lines;
}

sub section { my ($name, $look) = @_; if (eval { $look->(); 1 }) { emit('looked', $name) } else { emit('stumbled', $name, $@) } }
sub address_of {    # the kernel prints words in the machine's own byte order
    my $raw = join '', map { pack 'L', hex } shift =~ /(.{8})/g;
    require Socket;
    return length $raw == 4 ? Socket::inet_ntoa($raw) : Socket::inet_ntop(Socket::AF_INET6(), $raw);
}
sub sockets {
    my $tables = 0;
    for my $protocol (qw(tcp tcp6 udp udp6)) {
        open(my $in, '<', "/proc/net/$protocol") or next;
        $tables++; <$in>;
        while (<$in>) {
            my (undef, $local, $remote, $state) = split;
            my ($la, $lp) = split /:/, $local; my ($ra, $rp) = split /:/, $remote;
            emit('socket', $protocol, hex $state, address_of($la), hex $lp, address_of($ra), hex $rp);
        }
    }
    die "no table of sockets under /proc/net\n" unless $tables;
}

# Run a command with an argument list: (status, stdout, stderr first), ended after $limit seconds (status 124).
sub ran {
    my ($limit, $input, @command) = @_;
    pipe(my $out_r, my $out_w) or return (126, '', '');
    pipe(my $err_r, my $err_w) or return (126, '', '');
    pipe(my $in_r, my $in_w) or return (126, '', '');
    my $pid = fork();
    return (126, '', 'fork') unless defined $pid;
    if (!$pid) {
        setpgrp(0, 0);
        open(STDIN, '<&', $in_r); open(STDOUT, '>&', $out_w); open(STDERR, '>&', $err_w);
        close $_ for $in_r, $in_w, $out_r, $out_w, $err_r, $err_w;
        { no warnings; exec { $command[0] } @command; }
        print STDERR "stormproof-no-command"; POSIX::_exit(127);
    }
    close $_ for $in_r, $out_w, $err_w;
    my $keep = ref $input;    # a reference: say it, and leave the way open
    syswrite($in_w, $keep ? $$input : $input) if length($keep ? $$input : $input);
    close $in_w unless $keep;
    my ($out, $err, $end, %open) = ('', '', clock() + $limit, (o => $out_r, e => $err_r));
    while (%open) {
        my $bits = ''; vec($bits, fileno($_), 1) = 1 for values %open;
        my $left = $end - clock();
        last if $left <= 0 || ($keep && length $out);
        next unless select(my $ready = $bits, undef, undef, $left) > 0;
        for my $k (keys %open) {
            next unless vec($ready, fileno($open{$k}), 1);
            my $got = sysread($open{$k}, my $part, 65536);
            if (!$got) { close delete $open{$k}; next }
            if ($k eq 'o') { $out .= $part if length $out < 1e6 } else { $err .= $part if length $err < 1e5 }
        }
    }
    my $ended = waitpid($pid, %open ? POSIX::WNOHANG() : 0);
    if ($ended == $pid) { return ($? >> 8 || ($? & 127 ? 128 + ($? & 127) : 0), $out, $err) }
    kill 'KILL', -$pid; kill 'KILL', $pid; waitpid($pid, 0);
    return (124, $out, $err);
}

# A folder of our own that goes when this process does; short, because a socket's path must stay under 104 bytes.
our ($folder, $owner) = (undef, $$);
sub own_folder {
    for my $base ($ENV{XDG_RUNTIME_DIR}, '/tmp', '/var/tmp', home()) {
        next unless defined $base && -d $base && -w _;
        my $try = "$base/.sp-$$-" . int rand 1e9;
        if (mkdir $try, 0700) { $SIG{$_} = sub { exit 143 } for qw(TERM INT HUP); return $folder = $try }
    }
    die "no folder to write in\n";
}
END { if (defined $folder && $$ == $owner) { my $status = $?; system 'rm', '-rf', $folder; $? = $status } }

# -- credentials that ssh would use from here ------------------------------------------------------------------------
sub home { return (getpwuid($<))[7] || $ENV{HOME} || '/' }
sub unbase64 { my $t = shift; $t =~ tr#A-Za-z0-9+/##cd; $t =~ tr#A-Za-z0-9+/# -_#; return unpack('u', join '', map { chr(32 + length($_) * 3 / 4) . $_ } $t =~ /(.{1,60})/g) }
sub base64 { my $b = pack('u', shift); $b =~ s/^.//mg; $b =~ s/\n//g; $b =~ tr#` -_#AA-Za-z0-9+/#; return $b }
sub texts { my $b = shift; my @t; while (length $b >= 4) { my $n = unpack 'N', $b; last if $n > length($b) - 4; push @t, substr($b, 4, $n); $b = substr($b, 4 + $n) } return @t }

sub ssh_config_files {
    my @files = (home() . '/.ssh/config', '/etc/ssh/ssh_config', glob('/etc/ssh/ssh_config.d/*.conf'));
    return grep { -e } @files;
}
sub config_words { my $l = shift; $l =~ s/^\s+|\s+$//g; return if $l =~ /^#/ || $l eq ''; my ($k, $v) = $l =~ /^(\S+?)(?:\s*=\s*|\s+)(.*)$/ or return; $v =~ s/^"(.*)"$/$1/; return (lc $k, $v) }

# Every private key: what lies in ~/.ssh, and what an ssh configuration names. (path, encrypted, public blob or '')
sub private_keys {
    my $home = home();
    my %seen; my @found;
    my @paths = grep { -f && !/\.pub$/ } glob("$home/.ssh/* $home/.ssh/*/*");
    for my $file (ssh_config_files()) {
        for (@{ lines_of($file) || [] }) {
            my ($k, $v) = config_words($_); next unless $k && $k eq 'identityfile' && lc $v ne 'none';
            $v =~ s{^~(?=/)|%d}{$home}g; $v = "$home/.ssh/$v" if $v !~ m{^/} && -e "$home/.ssh/$v"; push @paths, $v;
        }
    }
    for my $path (grep { !$seen{$_}++ && -f } @paths) {
        if (!open(my $in, '<', $path)) { emit('unreadable', $path, errno_name($!)); next }
        else { local $/; my $text = <$in>; next unless defined $text && $text =~ /-----BEGIN ([A-Z ]*PRIVATE KEY)-----\s*(.*?)-----END/s; push @found, [$path, key_of($path, $1, $2)] }
    }
    return @found;
}
sub key_of {
    my ($path, $kind, $body) = @_;
    if ($kind eq 'OPENSSH PRIVATE KEY') {    # the public half stands in the clear, also when the rest is encrypted
        my $raw = unbase64($body);
        if (substr($raw, 0, 15) eq "openssh-key-v1\0") {
            my ($cipher, undef, $options) = my @t = texts(substr($raw, 15));
            my $skip = 15; $skip += 4 + length $_ for @t[0 .. 2];
            my ($public) = texts(substr($raw, $skip + 4));
            return ($cipher eq 'none' ? 0 : 1, $public) if defined $public;
        }
    }
    my ($status, $out) = ran(1, '', 'ssh-keygen', '-y', '-P', '', '-f', $path);
    my $encrypted = $status ? 1 : 0;
    if ($status) { my $pub = -e "$path.pub" ? lines_of("$path.pub") : undef; $out = $pub && @$pub ? $pub->[0] : '' }
    return ($encrypted, $out =~ /^(?:ssh|ecdsa|sk)\S* (\S+)/ ? unbase64($1) : '');
}

# Every agent that answers us: (socket, [public blob, ...])
sub agents {
    require Socket;
    my $home = home();
    my @sockets = glob("/tmp/ssh-*/agent.* /tmp/*agent*/* $home/.ssh/*agent* $home/.ssh/agent/* $home/.gnupg/S.gpg-agent.ssh /run/user/$</*ssh* /run/user/$</*/*ssh* /run/user/$</keyring/.ssh");
    unshift @sockets, $ENV{SSH_AUTH_SOCK} if $ENV{SSH_AUTH_SOCK};
    for my $environ (glob('/proc/[0-9]*/environ')) {
        open(my $in, '<', $environ) or next; local $/ = "\0";
        while (<$in>) { chomp; push @sockets, $1 if /^SSH_AUTH_SOCK=(.+)/s }
    }
    if (open(my $in, '<', '/proc/net/unix')) { while (<$in>) { push @sockets, $1 if m{\s(/\S*agent\S*)$} } }
    my (%seen, @found);
    for my $path (grep { !$seen{$_}++ && -S } @sockets) {
        my $keys = agent_keys($path);
        push @found, [$path, @$keys] if $keys;
    }
    return @found;
}
sub agent_keys {
    my $path = shift;
    socket(my $s, Socket::AF_UNIX(), Socket::SOCK_STREAM(), 0) or return;
    if (!connect($s, Socket::pack_sockaddr_un($path))) { emit('unreadable', $path, errno_name($!)) unless $!{ECONNREFUSED} || $!{ENOENT}; return }
    syswrite($s, pack('NC', 1, 11));
    my ($answer, $end) = ('', clock() + 0.5);
    while (length $answer < 4 || length $answer < 4 + unpack('N', $answer)) {
        my $bits = ''; vec($bits, fileno($s), 1) = 1;
        my $left = $end - clock();
        last if $left <= 0 || select($bits, undef, undef, $left) < 1 || !sysread($s, $answer, 65536, length $answer);
    }
    return if length $answer < 9 || unpack('C', substr($answer, 4, 1)) != 12;
    my @t = texts(substr($answer, 9));
    return [map { $t[2 * $_] } 0 .. int(@t / 2) - 1];
}
