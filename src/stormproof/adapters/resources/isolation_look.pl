# What can be seen of this host's build by an ordinary user. Input (after __END__): name NAME (to be resolved here).
# Output: records named below; `looked SECTION` ends each section, so a section without it was not looked at.
# Passwords, private keys and whole lines of credential files never leave the host.
my $zero = clock();
my @names;
while (my $line = <DATA>) { chomp $line; my ($what, $name) = split /\t/, $line; push @names, $name if $what eq 'name' }

my $home = home();
sub ip_lines {
    my ($kind, @arguments) = @_;
    my ($status, $out, $err) = ran(2, '', 'ip', '-o', @arguments);
    emit('unreadable', "ip @arguments", substr($err, 0, 200)) if $status;
    emit($kind, $_) for grep { length } split /\n/, $out;
    return !$status;
}
my $has_ip = (ran(1, '', 'ip', '-V'))[0] == 0;

section('addresses', sub {
    if ($has_ip) { ip_lines('address', 'addr', 'show') && ip_lines('link', 'link', 'show') or die "ip cannot list\n"; return }
    my $trie = lines_of('/proc/net/fib_trie') or die "neither ip nor /proc/net/fib_trie\n";
    my ($last, %seen);
    for (@$trie) {
        $last = $1 if /--\s+([0-9.]+)/;
        emit('address', "0: ?    inet $last/32 scope global") if /host LOCAL/ && $last !~ /^127\./ && !$seen{$last}++;
    }
    for (@{ lines_of('/proc/net/if_inet6') || [] }) {
        my ($raw, undef, $length, $scope, undef, $device) = split; next if $device eq 'lo';
        emit('address', sprintf '0: %s    inet6 %s/%d scope %s', $device, address6_of($raw), hex $length, $scope eq '20' ? 'link' : 'global');
    }
    for (@{ lines_of('/proc/net/dev') || [] }) { emit('link', "0: $1: <UNKNOWN> state UNKNOWN") if /^\s*([^\s:]+):/ && $1 ne 'lo' }
});
sub address6_of { require Socket; return Socket::inet_ntop(Socket::AF_INET6(), pack 'H*', shift) }

section('routes', sub {
    if ($has_ip) {
        ip_lines('route', '-4', 'route', 'show', 'table', 'all') or die "ip cannot list routes\n";
        ip_lines('route', '-6', 'route', 'show', 'table', 'all');
        ip_lines('rule', '-4', 'rule', 'show'); ip_lines('rule', '-6', 'rule', 'show');
        return;
    }
    my $table = lines_of('/proc/net/route') or die "neither ip nor /proc/net/route\n";
    shift @$table;
    for (@$table) {
        my ($device, $to, $via, $flags, undef, undef, undef, $mask) = split;
        my $bits = () = sprintf('%b', hex $mask) =~ /1/g;
        my $reject = hex($flags) & 0x200 ? 'unreachable ' : '';
        emit('route', $reject . address_of($to) . "/$bits" . ($via =~ /[1-9A-F]/ ? ' via ' . address_of($via) : '') . " dev $device");
    }
    for (@{ lines_of('/proc/net/ipv6_route') || [] }) {
        my ($to, $bits, undef, undef, $via, undef, undef, undef, $flags, $device) = split; next if $device eq 'lo' && !(hex($flags) & 0x200) || hex($flags) & 0x80000000;    # RTF_LOCAL: an address of our own
        emit('route', (hex($flags) & 0x200 ? 'unreachable ' : '') . address6_of($to) . '/' . hex($bits) . ($via =~ /[1-9a-f]/ ? ' via ' . address6_of($via) : '') . " dev $device");
    }
});

section('neighbours', sub {
    if ($has_ip) { ip_lines('neighbour', 'neigh', 'show') or die "ip cannot list neighbours\n"; return }
    my $table = lines_of('/proc/net/arp') or die "neither ip nor /proc/net/arp\n";
    shift @$table;
    for (@$table) { my ($address, undef, $flags, $hardware, undef, $device) = split; emit('neighbour', "$address dev $device " . (hex $flags & 2 ? "lladdr $hardware REACHABLE" : 'FAILED')) }
});

section('firewall', sub {
    my ($status, $out, $err) = ran(2, '', 'nft', 'list', 'ruleset');
    if ($status) { emit('no-firewall', $status == 127 ? 'nft is not installed' : (split /\n/, $err)[0] || "nft ended with status $status") }
    else { emit('firewall', $_) for grep { length } (split /\n/, $out)[0 .. 4999] }
});

section('mounts', sub {
    my $mounts = lines_of('/proc/self/mounts') or die "no /proc/self/mounts\n";
    for (@$mounts) { my ($source, $place, $type) = split; emit('mount', $type, $source, $place) if $type =~ /^(?:nfs|cifs|smb|ceph|9p|fuse\.(?:sshfs|glusterfs|rclone|s3fs))/ }
});

sub where_variables { my $user = shift; return grep { -f } map { "$home/$_" } qw(.profile .bash_profile .bash_login .bashrc .zshenv .zshrc .zprofile .pam_environment .ssh/environment) }
section('credentials', sub {
    my %pgpass = ("$home/.pgpass" => 1); my %services = map { $_ => 1 } "$home/.pg_service.conf", '/etc/postgresql-common/pg_service.conf', '/etc/pg_service.conf';
    $pgpass{ $ENV{PGPASSFILE} } = 1 if $ENV{PGPASSFILE};
    $services{ $ENV{PGSERVICEFILE} } = 1 if $ENV{PGSERVICEFILE};
    $services{"$ENV{PGSYSCONFDIR}/pg_service.conf"} = 1 if $ENV{PGSYSCONFDIR};
    for my $file (where_variables(), '/etc/environment', '/etc/profile', glob('/etc/profile.d/*.sh'), glob("$home/.config/environment.d/*.conf")) {
        for (@{ lines_of($file) || [] }) {
            next unless /^\s*(?:export\s+)?(PGPASSFILE|PGSERVICEFILE|PGHOST|PGHOSTADDR)\s*=\s*["']?([^"'\s;#]+)/;
            my ($variable, $value) = ($1, $2); $value =~ s{^~(?=/)|\$\{?HOME\}?}{$home};
            if ($variable =~ /^PGHOST/) { emit('names-host', 'variable', "$file ($variable)", $value) } elsif ($variable eq 'PGPASSFILE') { $pgpass{$value} = 1 } else { $services{$value} = 1 }
        }
    }
    for (qw(PGHOST PGHOSTADDR)) { emit('names-host', 'variable', "environment ($_)", $ENV{$_}) if $ENV{$_} }
    for my $file (sort keys %pgpass) {
        for (@{ lines_of($file) || [] }) { next if /^\s*(?:#|$)/; my ($host) = /^((?:\\.|[^\\:])*):/ or next; $host =~ s/\\(.)/$1/g; emit('names-host', '.pgpass', $file, $host) }
    }
    for my $file (sort keys %services) {
        for (@{ lines_of($file) || [] }) { emit('names-host', 'service file', $file, $1) if /^\s*host(?:addr)?\s*=\s*(\S+)/ }
    }
    for (@{ lines_of("$home/.netrc") || [] }) { emit('names-host', '.netrc', "$home/.netrc", $1) while /\bmachine\s+(\S+)/g }
    for my $file ("$home/.my.cnf", "$home/.config/rclone/rclone.conf") { for (@{ lines_of($file) || [] }) { emit('names-host', 'client settings', $file, $1) if /^\s*host\s*=\s*(\S+)/ } }
    emit('cloud', $_) for grep { -e } map { "$home/$_" } qw(.aws/credentials .aws/config .config/gcloud .azure .kube/config .boto .s3cfg .oci/config);
    emit('cloud', "environment ($_)") for grep { $ENV{$_} } qw(AWS_ACCESS_KEY_ID AWS_PROFILE AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI GOOGLE_APPLICATION_CREDENTIALS AZURE_CLIENT_ID KUBECONFIG);
});

section('keys', sub { emit('key', $_->[0], $_->[1], base64($_->[2])) for private_keys() });
section('agents', sub { for (agents()) { my ($socket, @keys) = @$_; emit('agent', $socket, map { base64($_) } @keys) } });

section('known_hosts', sub {
    for my $file ("$home/.ssh/known_hosts", "$home/.ssh/known_hosts2", '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2') {
        for (@{ lines_of($file) || [] }) { next if /^\s*(?:#|$)/; my @w = split; shift @w if $w[0] =~ /^\@/; emit('known', $file, $w[0]) }
    }
});
section('ssh_config', sub {
    for my $file (ssh_config_files()) {
        my $n = 0;
        for (@{ lines_of($file) || [] }) {
            $n++; my ($k, $v) = config_words($_); next unless defined $k;
            emit('ssh-config', "$file:$n", $k, $v) if $k =~ /^(?:host|hostname|proxyjump|proxycommand|localforward|remoteforward|dynamicforward|user)$/;
        }
    }
});

section('proxies', sub {
    my $variable = qr/((?:http|https|ftp|all|rsync|socks)_proxy)/i;
    my $plain = sub { my $v = shift; $v =~ s{//[^/\@]*\@}{//}; return $v };
    for (sort keys %ENV) { emit('proxy', "environment ($_)", $plain->($ENV{$_})) if /^$variable$/ && length $ENV{$_} }
    for my $file (where_variables(), '/etc/environment', '/etc/profile', '/etc/bash.bashrc', '/etc/zsh/zshenv', '/etc/wgetrc', "$home/.wgetrc", glob('/etc/profile.d/*.sh'), glob('/etc/security/pam_env*'), glob('/etc/environment.d/*.conf'), glob("$home/.config/environment.d/*.conf")) {
        for (@{ lines_of($file) || [] }) {
            next if /^\s*#/ || /^\s*unset\b/;
            emit('proxy', "$file ($1)", $plain->($2)) if /(?:^|[\s;])$variable\s*(?:=|\s+DEFAULT=)\s*["']?([^"'\s;]+)/;
        }
    }
    for my $file ('/etc/apt/apt.conf', glob('/etc/apt/apt.conf.d/*')) { for (@{ lines_of($file) || [] }) { emit('proxy', $file, $plain->($1)) if /^\s*Acquire::\S*proxy\S*\s+"([^"]+)"/i && lc $1 ne 'direct' && lc $1 ne 'false' } }
    for my $file ("$home/.curlrc", "$home/.gitconfig", "$home/.config/git/config", '/etc/gitconfig', "$home/.npmrc", "$home/.config/pip/pip.conf", '/etc/pip.conf') {
        for (@{ lines_of($file) || [] }) { emit('proxy', $file, $plain->($1)) if /^\s*-*(?:https?-?)?proxy\s*[=:\s]\s*["']?([^"'\s]+)/i }
    }
});

# One child per name, because a resolver that nobody answers waits for seconds.
section('names', sub {
    require Socket;
    local $ENV{RES_OPTIONS} = 'timeout:1 attempts:1';
    my %children;
    for my $name (@names) {
        pipe(my $r, my $w) or die "no pipe\n";
        my $pid = fork(); die "no process\n" unless defined $pid;
        if (!$pid) {
            my ($error, @found) = Socket::getaddrinfo($name, '', { socktype => Socket::SOCK_STREAM() });
            my %kind = map { $_ => 1 } grep { defined } map { eval { no strict 'refs'; &{"Socket::$_"}() + 0 } } qw(EAI_NONAME EAI_NODATA EAI_ADDRFAMILY);
            my @a = $error ? () : map { (Socket::getnameinfo($_->{addr}, Socket::NI_NUMERICHOST()))[1] } @found;
            my %u; syswrite($w, join ' ', $error ? ($kind{ $error + 0 } ? 'none' : 'no-answer') : ('found', grep { !$u{$_}++ } @a));
            POSIX::_exit(0);
        }
        close $w; $children{$name} = [$pid, $r];
    }
    my $end = clock() + 1.5;
    for my $name (@names) {
        my ($pid, $r) = @{ $children{$name} };
        my $bits = ''; vec($bits, fileno($r), 1) = 1; my $left = $end - clock(); my $said = '';
        sysread($r, $said, 65536) if select($bits, undef, undef, $left > 0 ? $left : 0) > 0;
        kill 'KILL', $pid; waitpid($pid, 0);
        my ($how, @addresses) = split / /, $said || 'no-answer'; emit('name', $name, $how, @addresses);
    }
});
emit('done', sprintf('%.4f', clock() - $zero));
