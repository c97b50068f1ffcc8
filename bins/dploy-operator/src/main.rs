//! The dploy-operator program.

fn main() {}
