"""What the internet reaches: the load balancer, its web firewall, security.txt."""
