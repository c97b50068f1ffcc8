#![doc = include_str!("../README.md")]

mod analysis;
mod encode;
mod error;
mod exec;
mod format;
mod functions;
mod options;
mod regex;
mod syntax;
mod template;
mod tree;
mod unicode;
mod url;
mod value;
mod version;

pub use analysis::KeyUse;
pub use error::{Error, ErrorKind};
pub use functions::{FunctionInfo, Origin, functions};
pub use options::{Limits, MissingKey, RenderOptions};
pub use template::{ParseOptions, Template};
pub use tree::{yaml_key, yaml_scalar};
pub use value::{DeclaredType, Dict, List, Location, Object, Pointer, Source, Stringer, Text, Time, Value, Version};

#[cfg(doc)]
#[doc = include_str!("../docs/functions.md")]
pub mod function_reference {}
