"""What is to be declared, as frozen data: validated without a network, a cloud or Pulumi."""
