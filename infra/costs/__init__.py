"""What each switch costs a month, as data: one module per area with `COSTS`; `model` says what a line is, `total` adds up."""
