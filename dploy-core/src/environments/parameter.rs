//! What a user may choose when asking for an environment.

use std::collections::BTreeMap;

use regex::Regex;

/// A parameter that a template declares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its name, unique in the template.
    pub name: String,
    /// A sentence for people.
    pub description: String,
    /// Whether a value must be given where there is no default.
    pub required: bool,
    /// The value where none is given; empty is none.
    pub default: String,
    /// What its text must read as.
    pub kind: ParameterType,
    /// The values that are accepted; empty accepts every value.
    pub allowed: Vec<String>,
    /// A regular expression that the whole value must match.
    pub pattern: Option<String>,
    /// The longest value accepted, in characters.
    pub max_length: Option<u32>,
}

/// What the text of a parameter must read as, and what type it has in rendered values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ParameterType {
    /// Any text.
    #[default]
    String,
    /// A whole number of 64 bits in decimal.
    Integer,
    /// `true` or `false`.
    Boolean,
}

/// Why parameters were refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidParams {
    /// A required one was not given.
    #[error("missing required parameter \"{name}\"")]
    Missing {
        /// Its name.
        name: String,
    },
    /// One has a value that is not accepted.
    #[error("parameter \"{name}\" must be {accepted}")]
    Refused {
        /// Its name.
        name: String,
        /// What is accepted.
        accepted: String,
    },
}

/// The values an instance is rendered with: declared names only, defaults filled in, all checked.
///
/// # Errors
/// The first parameter, in declared order, that is missing or refused.
pub fn resolve(
    declared: &[Parameter],
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, InvalidParams> {
    let mut values = BTreeMap::new();
    for parameter in declared {
        let value = given.get(&parameter.name).filter(|value| !value.is_empty()).unwrap_or(&parameter.default);
        if value.is_empty() && parameter.required {
            return Err(InvalidParams::Missing { name: parameter.name.clone() });
        }
        if !value.is_empty() {
            parameter.check(value)?;
        }
        values.insert(parameter.name.clone(), value.clone());
    }
    Ok(values)
}

impl Parameter {
    /// Checks one non-empty value.
    ///
    /// # Errors
    /// [`InvalidParams::Refused`] naming what is accepted.
    pub fn check(&self, value: &str) -> Result<(), InvalidParams> {
        match self.objection(value) {
            None => Ok(()),
            Some(accepted) => Err(InvalidParams::Refused { name: self.name.clone(), accepted }),
        }
    }

    fn objection(&self, value: &str) -> Option<String> {
        if self.kind == ParameterType::Integer && value.parse::<i64>().is_err() {
            return Some("a whole number".to_owned());
        }
        if self.kind == ParameterType::Boolean && !matches!(value, "true" | "false") {
            return Some("true or false".to_owned());
        }
        if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| allowed == value) {
            return Some(format!("one of {}", self.allowed.join(", ")));
        }
        if let Some(max) = self.max_length.filter(|max| value.chars().count() > *max as usize) {
            return Some(format!("at most {max} characters long"));
        }
        let pattern = self.pattern.as_deref()?;
        let matches = anchored(pattern).is_ok_and(|regex| regex.is_match(value));
        (!matches).then(|| format!("a text that matches {pattern}"))
    }
}

/// Compiles a parameter's pattern so that it must match a whole value.
///
/// # Errors
/// What is wrong with the expression.
pub fn anchored(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn declared(kind: ParameterType) -> Parameter {
        Parameter {
            name: "p".into(),
            description: String::new(),
            required: true,
            default: String::new(),
            kind,
            allowed: vec![],
            pattern: None,
            max_length: None,
        }
    }

    fn given(value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("p".to_owned(), value.to_owned()), ("other".to_owned(), "x".to_owned())])
    }

    #[test]
    fn s25_required_ones_are_named_defaults_apply_and_undeclared_ones_are_ignored() {
        let required = declared(ParameterType::String);
        let error = resolve(std::slice::from_ref(&required), &BTreeMap::new()).unwrap_err();
        assert_eq!(error.to_string(), "missing required parameter \"p\"");
        let with_default = Parameter { default: "d".into(), ..required };
        assert_eq!(resolve(std::slice::from_ref(&with_default), &BTreeMap::new()).unwrap()["p"], "d");
        let values = resolve(&[with_default], &given("v")).unwrap();
        assert_eq!(values, BTreeMap::from([("p".to_owned(), "v".to_owned())]));
    }

    #[rstest]
    #[case(declared(ParameterType::Integer), "12x", "a whole number")]
    #[case(declared(ParameterType::Boolean), "yes", "true or false")]
    #[case(Parameter { allowed: vec!["a".into(), "b".into()], ..declared(ParameterType::String) }, "c", "one of a, b")]
    #[case(Parameter { pattern: Some("[a-z]+".into()), ..declared(ParameterType::String) }, "a1", "a text that matches [a-z]+")]
    #[case(Parameter { max_length: Some(2), ..declared(ParameterType::String) }, "äöü", "at most 2 characters long")]
    fn a_refused_value_is_told_what_is_accepted(
        #[case] parameter: Parameter,
        #[case] value: &str,
        #[case] accepted: &str,
    ) {
        let error = resolve(&[parameter], &given(value)).unwrap_err();
        assert_eq!(error.to_string(), format!("parameter \"p\" must be {accepted}"));
    }

    #[test]
    fn accepted_values_pass() {
        assert!(resolve(&[declared(ParameterType::Integer)], &given("-12")).is_ok());
        assert!(resolve(&[declared(ParameterType::Boolean)], &given("true")).is_ok());
        assert!(
            resolve(&[Parameter { pattern: Some("a|b".into()), ..declared(ParameterType::String) }], &given("b"))
                .is_ok()
        );
    }
}
