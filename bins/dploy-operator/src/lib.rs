//! The dploy-operator program as a library.
