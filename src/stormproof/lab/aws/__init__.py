"""A real Pulumi engine over an emulator of AWS on this machine: what runs the infrastructure where no account is."""
