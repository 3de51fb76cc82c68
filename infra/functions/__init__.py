"""What runs in AWS: small functions with nothing beside what their runtime brings, so their archives are known at preview."""
