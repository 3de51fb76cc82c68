"""The emulator provider: speaks Pulumi's provider protocol and drives a moto server on loopback with boto3.

It stands in for the vendor's AWS plugin where that cannot be had. It is a development machine's tool: it refuses every
endpoint that is not loopback, never looks at anybody's credentials, and lists what the emulator cannot show instead of
passing it over in silence.
"""
