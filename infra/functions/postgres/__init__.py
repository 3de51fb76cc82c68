"""PostgreSQL's wire protocol, as far as two functions need it: no package to build, to vendor or to patch."""
