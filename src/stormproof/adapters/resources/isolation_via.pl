# Try to get on through hosts that may be reached, with every credential found here. Input (after __END__):
#   seconds BOUND / nonce TEXT / through NAME ADDRESS PORT HOST-KEY USER... / target ID ADDRESS PORT
# Output: credential NAME / via THROUGH ID CREDENTIAL prohibited|forwarded|tried|no-session|unknown HOW MS ENDED-AFTER
# (ID is a target's, or `shell`, or `write`), then: done SECONDS. One SSH session per credential carries every attempt.
my $zero = clock();
my ($bound, $nonce, @through, @targets) = (6, 'none');
while (my $line = <DATA>) {
    chomp $line;
    my ($what, @f) = split /\t/, $line;
    if ($what eq 'seconds') { $bound = $f[0] } elsif ($what eq 'nonce') { $nonce = $f[0] }
    elsif ($what eq 'through') { push @through, [@f] } elsif ($what eq 'target') { push @targets, [@f] }
}
own_folder();

my @credentials = map { ["key $_->[0]", '-o', 'IdentityAgent=none', '-i', $_->[0]] } private_keys();
push @credentials, map { ["agent $_->[0]", '-o', "IdentityAgent=$_->[0]", '-o', 'IdentitiesOnly=no', '-i', 'none'] } grep { @$_ > 1 } agents();
emit('credential', $_->[0]) for @credentials;
my @todo;
for my $t (@through) { my ($name, $address, $port, $key, @users) = @$t; for my $c (@credentials) { push @todo, [$name, $address, $port, $key, $_, $c] for @users } }
my ($number, %running) = (0);
while (@todo || %running) {
    while (@todo && keys %running < 3) {    # few at a time: a key exchange is the dear part, and the host has work to do
        my $job = shift @todo; $number++;
        my $pid = fork(); die "no process\n" unless defined $pid;
        if (!$pid) { attempt($number, @$job); POSIX::_exit(0) }
        $running{$pid} = 1;
    }
    my $pid = waitpid(-1, 0); last if $pid < 0; delete $running{$pid};
}
emit('done', sprintf('%.4f', clock() - $zero));

sub attempt {
    my ($n, $name, $address, $port, $key, $user, $credential) = @_;
    my ($label, @options) = @$credential; $label .= " as $user";
    my ($socket, $known, $said) = map { "$folder/$_$n" } qw(s k e);
    open(my $k, '>', $known) or die; print $k ($port == 22 ? $address : "[$address]:$port"), " $key\n"; close $k;
    my $tell = sub { my ($id, $saw, $how, $began) = @_; my $now = clock(); emit('via', $name, $id, $label, $saw, $how, sprintf('%.2f', ($now - $began) * 1000), sprintf('%.4f', $now - $zero)) };
    # Of an option given twice ssh takes the first: what an agent needs stands before what a key file needs. The
    # post-quantum exchange, which newer clients try first, is 100 ms of work at each end and guards nothing here.
    my @common = ('-F', 'none', @options, '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=yes', '-o', "UserKnownHostsFile=$known", '-o', 'GlobalKnownHostsFile=none', '-o', 'PreferredAuthentications=publickey', '-o', 'ConnectTimeout=2', '-o', 'KexAlgorithms=^curve25519-sha256', '-o', 'LogLevel=INFO', '-o', "ControlPath=$socket", '-o', "User=$user");
    my ($began, $end, $pid) = (clock(), $zero + $bound);
    my $words = sub { my @l = grep { /\S/ && !/^\@|^Warning: Permanently/ } @{ lines_of($said) || [] }; my $l = @l ? $l[-1] : ''; $l =~ s/\s+$//; return substr($l, 0, 160) || 'ssh said nothing' };
    for (1 .. 2) {    # a busy server drops connections before it has heard the key: that says nothing, so once more
        $pid = fork(); die unless defined $pid;
        if (!$pid) { open(STDIN, '<', '/dev/null'); open(STDOUT, '>', '/dev/null'); open(STDERR, '>', $said); { no warnings; exec 'timeout', '-k', '1', $bound, 'ssh', '-M', '-N', @common, '-p', $port, $address } POSIX::_exit(127) }
        until (-S $socket || clock() > $end) { if (waitpid($pid, POSIX::WNOHANG())) { $pid = 0; last } select undef, undef, undef, 0.01 }
        last if -S $socket || $pid || $words->() !~ /Connection (?:closed|reset)/;
        select undef, undef, undef, 0.3;
    }
    my @everything = ((map { $_->[0] } @targets), 'shell', 'write');
    if (!-S $socket) {
        my $why = $words->(); my $refused = !$pid && $why =~ /Permission denied|Connection (?:refused|timed out)|No route|unreachable/i;
        kill 'TERM', $pid if $pid;
        $tell->($_, $refused ? 'no-session' : 'unknown', "no session: $why", $began) for @everything;
        return;
    }
    my @children;
    my $beside = sub { my $do = shift; my $c = fork(); die unless defined $c; if (!$c) { $do->(); POSIX::_exit(0) } push @children, $c };
    my $limit = sub { my $left = $end - clock() - 0.5; return $left > 1.5 ? $left : 1.5 };
    $beside->(sub {
        my ($begin, $half) = (clock(), substr $nonce, 0, length($nonce) / 2);
        my ($status, $out) = ran($limit->(), '', 'ssh', '-T', @common, '-p', $port, $address, "printf %s%s $half " . substr($nonce, length $half));    # an echo of the command is not the nonce
        my $ran = index($out, $nonce) >= 0;
        $tell->('shell', $ran ? 'forwarded' : $status == 124 ? 'unknown' : 'prohibited', $ran ? 'a command of ours ran' : $status == 124 ? 'no answer in time' : "the command did not run (status $status)", $begin);
    });
    $beside->(sub {
        my ($begin, $file) = (clock(), "$folder/w$n"); open(my $w, '>', $file) or die; print $w "isolation probe\n"; close $w;
        my @places = (".sp-$nonce", "/tmp/.sp-$nonce");
        my ($status, $out, $err) = ran($limit->(), join('', (map { "-put $file $_\n" } @places), (map { "-ls -1 $_\n" } @places), (map { "-rm $_\n" } @places)), 'sftp', '-b', '-', @common, '-P', $port, $address =~ /:/ ? "[$address]" : $address);
        my $wrote = grep { !/^sftp>/ && /\Q$nonce\E/ } split /\n/, $out;
        # sftp repeats each line once the other end speaks its protocol: a command that never did cannot have written.
        my $unclear = $status == 127 ? 'no sftp on this host' : $status == 124 && $out =~ /^sftp>/m ? 'no answer in time' : '';
        my $why = (grep { /denied|not|closed|failure/i } split /\n/, $err)[0] || 'nothing was written';
        $tell->('write', $wrote ? 'forwarded' : $unclear ? 'unknown' : 'prohibited', $wrote ? 'a file of ours was written' : $unclear || $why, $begin);
    });
    my $seen = scalar @{ lines_of($said) || [] };
    for my $target (@targets) {
        my ($id, $to, $to_port) = @$target;
        my $begin = clock();
        if ($begin > $end) { $tell->($id, 'unknown', 'not tried in time', $begin); next }
        my $hello = pack('NN', 8, 80877103);    # PostgreSQL's question for TLS: an SSH server, a web server and PostgreSQL all react to it
        my ($status, $out, $err) = ran(1, \$hello, 'ssh', @common, '-p', $port, '-W', ($to =~ /:/ ? "[$to]" : $to) . ":$to_port", $address);
        my @new = @{ lines_of($said) || [] }; my $why = join ' ', splice @new, $seen; $seen += @new;
        $why =~ s/^.*open failed: //; $why =~ s/: open failed\s*$//;
        if (length $out || !$status) { $tell->($id, 'forwarded', length $out ? 'the other end answered' : 'the other end was opened', $begin) }
        elsif ($status == 124) { $tell->($id, 'tried', 'forwarding was not refused; the other end did not answer', $begin) }
        elsif ($why =~ /prohibited|unknown channel type/) { $tell->($id, 'prohibited', $why, $begin) }
        elsif ($why =~ /connect failed|timed out|refused/i) { $tell->($id, 'tried', "forwarding was not refused: $why", $begin) }
        else { $tell->($id, 'unknown', $why || substr($err, 0, 120) || "status $status", $begin) }
    }
    waitpid($_, 0) for @children;
    kill 'TERM', $pid; waitpid($pid, 0);
}
