//! Examples of dploy; see `examples/*.rs`.
