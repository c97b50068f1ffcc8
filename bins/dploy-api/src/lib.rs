//! The dploy-api program as a library.
