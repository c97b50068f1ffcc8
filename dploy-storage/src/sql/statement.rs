use std::{collections::BTreeSet, fmt::Display};

use dploy_core::{releases::ports::RecordError, time::Timestamp};
use serde::Serialize;

/// A value that is bound to a statement. Both databases are given texts and 64-bit integers, nothing else.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
}

impl Value {
    /// Anything that is a text, such as a name.
    pub(super) fn text(text: impl Display) -> Self {
        Self::Text(Some(text.to_string()))
    }

    /// The same where there is one.
    pub(super) fn maybe_text(text: Option<impl Display>) -> Self {
        Self::Text(text.map(|text| text.to_string()))
    }

    /// A number that the database's integers hold; what is larger becomes the largest.
    pub(super) fn number(number: u64) -> Self {
        Self::Int(Some(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    pub(super) fn time(time: Timestamp) -> Self {
        Self::Int(Some(time.unix_micros()))
    }

    pub(super) fn maybe_time(time: Option<Timestamp>) -> Self {
        Self::Int(time.map(Timestamp::unix_micros))
    }

    /// A list or an object as JSON.
    pub(super) fn json(value: &impl Serialize) -> Result<Self, RecordError> {
        let text = serde_json::to_string(value).map_err(|error| RecordError::Corrupt(Box::new(error)))?;
        Ok(Self::Text(Some(text)))
    }

    /// The same where there is one.
    pub(super) fn maybe_json(value: Option<&impl Serialize>) -> Result<Self, RecordError> {
        value.map_or(Ok(Self::Text(None)), Self::json)
    }
}

/// A statement: texts of this program, joined by numbered places for values.
///
/// All that comes from elsewhere is bound; the text is made of `'static` parts alone.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Statement {
    pub(super) fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// A text that has the places `$1`, `$2`, … for these values.
    pub(super) fn with(text: &'static str, values: impl IntoIterator<Item = Value>) -> Self {
        Self { text: text.to_owned(), values: values.into_iter().collect() }
    }

    /// Goes on with a text.
    pub(super) fn then(mut self, text: &'static str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a place for the value.
    pub(super) fn bind(mut self, value: Value) -> Self {
        self.values.push(value);
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Goes on with a list of values in brackets; an empty one holds a NULL, which nothing equals.
    pub(super) fn list(self, values: impl IntoIterator<Item = Value>) -> Self {
        let mut statement = self.then("(");
        let start = statement.values.len();
        for value in values {
            let separator = if statement.values.len() == start { "" } else { ", " };
            statement = statement.then(separator).bind(value);
        }
        if statement.values.len() == start {
            statement = statement.then("NULL");
        }
        statement.then(")")
    }

    /// Goes on with `WHERE` and all the conditions, or nothing.
    pub(super) fn filtered(self, filter: &Filter) -> Self {
        let mut statement = self;
        for (number, condition) in filter.0.iter().enumerate() {
            statement = statement.then(if number == 0 { " WHERE " } else { " AND " }).then(condition.before);
            statement = match condition.many {
                true => statement.list(condition.values.iter().cloned()),
                false => condition.values.iter().cloned().fold(statement, Self::bind),
            };
            statement = statement.then(condition.after);
        }
        statement
    }
}

/// The statement as a query of the driver that it is run by; what is bound is never part of the text.
macro_rules! query {
    ($statement:expr) => {{
        let $crate::sql::statement::Statement { text, values } = $statement;
        values.into_iter().fold(sqlx::query(sqlx::AssertSqlSafe(text)), |query, value| match value {
            $crate::sql::statement::Value::Text(text) => query.bind(text),
            $crate::sql::statement::Value::Int(int) => query.bind(int),
        })
    }};
}

pub(super) use query;

/// Conditions that rows have to meet, all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter(Vec<Condition>);

#[derive(Clone, Debug)]
struct Condition {
    before: &'static str,
    values: Vec<Value>,
    many: bool,
    after: &'static str,
}

impl Filter {
    /// `before value`, where there is a value.
    pub(super) fn only(mut self, before: &'static str, value: Option<Value>) -> Self {
        self.0.extend(value.map(|value| Condition { before, values: vec![value], many: false, after: "" }));
        self
    }

    /// `before (values) after`, where there is a list.
    pub(super) fn among<T: Display>(
        mut self,
        before: &'static str,
        values: Option<&BTreeSet<T>>,
        after: &'static str,
    ) -> Self {
        let texts = values.map(|values| values.iter().map(Value::text).collect());
        self.0.extend(texts.map(|values| Condition { before, values, many: true, after }));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_in_order() {
        let names: BTreeSet<&str> = ["a", "b"].into();
        let filter = Filter::default()
            .only("x = ", Some(Value::number(1)))
            .only("y = ", None)
            .among("z IN ", Some(&names), "")
            .among("w IN (SELECT w FROM v WHERE u IN ", Some(&BTreeSet::<String>::new()), ")");
        let statement = Statement::new("SELECT 1").filtered(&filter).then(" LIMIT ").bind(Value::number(5));
        let expected = "SELECT 1 WHERE x = $1 AND z IN ($2, $3) AND w IN (SELECT w FROM v WHERE u IN (NULL)) LIMIT $4";
        assert_eq!((statement.text.as_str(), statement.values.len()), (expected, 4));
        assert_eq!(Statement::new("SELECT 1").filtered(&Filter::default()).text, "SELECT 1");
    }
}
