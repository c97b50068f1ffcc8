//! The dploy-api program.

fn main() {}
