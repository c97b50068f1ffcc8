//! CEL rules that several kinds share. `self` is the object that has the field, before and after a write.

use kube::core::{Reason, Rule};

/// `field` may be added, but never changed or removed.
///
/// A client that does not know the field drops it when it replaces the whole object, so the message says how to
/// write instead.
pub(super) fn kept(field: &str) -> Rule {
    Rule::new(format!("!has(oldSelf.{field}) || (has(self.{field}) && self.{field} == oldSelf.{field})"))
        .message(
            format!(
                "{field} may be added, but never changed or removed; to change other fields use apply or patch, \
                 not a full replace"
            )
            .as_str(),
        )
        .field_path(format!(".{field}"))
}

/// The text `field` may be filled in once; from then on it is immutable.
pub(super) fn filled_once(field: &str) -> Rule {
    Rule::new(format!(
        "!has(oldSelf.{field}) || oldSelf.{field} == '' || (has(self.{field}) && self.{field} == oldSelf.{field})"
    ))
    .message(format!("{field} is immutable once it is not empty").as_str())
    .field_path(format!(".{field}"))
}

/// `field` keeps the value it was created with, where absent and `empty` (a CEL literal) are the same.
pub(super) fn immutable(field: &str, empty: &str) -> Rule {
    Rule::new(format!(
        "(has(self.{field}) ? self.{field} : {empty}) == (has(oldSelf.{field}) ? oldSelf.{field} : {empty})"
    ))
    .message(format!("{field} is immutable").as_str())
    .field_path(format!(".{field}"))
}

/// `field` keeps the object it was created with, or stays absent.
pub(super) fn immutable_object(field: &str) -> Rule {
    Rule::new(format!(
        "has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})"
    ))
    .message(format!("{field} is immutable").as_str())
    .field_path(format!(".{field}"))
}

/// What a template mentions that speaks of the user who will get the environment.
pub(crate) const PERSONAL: &str = "(^|[^0-9A-Za-z_)]|[$][0-9A-Za-z_]*)[.](Claims|Params|Owner)([^0-9A-Za-z_]|$)";

/// Why templates of a pool may not be personal.
pub(crate) fn not_anonymous(field: &str) -> String {
    format!(
        "{field} of a template with method pool must not use .Claims, .Params or .Owner: members of a pool are made \
         before anybody claims them"
    )
}

/// A template of a warm pool, `field`, mentions nothing of the user who will get the environment.
///
/// `.Owner`, `$.Owner` and `$root.Owner` are refused; `.OwnerClaim` and `.Config.Values.Owner` are something else.
pub(super) fn anonymous(field: &str) -> Rule {
    Rule::new(format!(
        "self.method != 'pool' || !has(self.{field}) || \
         !self.{field}.matches('{PERSONAL}')"
    ))
    .message(not_anonymous(field).as_str())
    .field_path(format!(".{field}"))
}

/// An object has a spec, except that one stored without it (the first schema allowed that) may go on without.
///
/// A required property would also refuse the removal of such an object's finalizer.
pub(super) fn has_spec() -> Rule {
    Rule::new("has(self.spec) || (oldSelf.hasValue() && !has(oldSelf.value().spec))")
        .message("spec is required")
        .reason(Reason::FieldValueRequired)
        .field_path(".spec")
        .optional_old_self(true)
}
