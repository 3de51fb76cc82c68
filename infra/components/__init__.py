"""Components: each declares one thing with everything that guards it. A frozen spec goes in, outputs come out."""
