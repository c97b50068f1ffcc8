//! The `dploy` command.

fn main() {}
