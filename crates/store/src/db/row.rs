//! Rows, decoded by column name.

use std::sync::Arc;

use domain::{Cents, Instant};

use super::{Sql, Value};
use crate::error::{Error, Result};

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    sql: &'static Sql,
    names: Arc<[String]>,
    values: Vec<Value>,
}

/// What a column can be decoded into.
pub trait FromValue: Sized {
    /// The decoded value, or `None` when the column holds something else.
    fn from_value(value: &Value) -> Option<Self>;
}

impl Row {
    pub(crate) fn new(sql: &'static Sql, names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { sql, names, values }
    }

    /// The content of `column`, or [`Error::CorruptRow`] naming the table, the row and the column.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T> {
        self.value(column).and_then(T::from_value).ok_or_else(|| self.corrupt(column))
    }

    /// The content of `column` through a domain parser that may refuse it.
    pub fn parse<T, E>(&self, column: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T> {
        let text: String = self.get(column)?;
        parse(&text).map_err(|_| self.corrupt(column))
    }

    /// The error that this row's `column` holds what it should not.
    pub fn corrupt(&self, column: &str) -> Error {
        let row = ["id", "event_id", "patient_id"].iter().find_map(|key| match self.value(key) {
            Some(Value::Text(text)) => Some(text.chars().take(40).collect()),
            _ => None,
        });
        Error::CorruptRow {
            table: self.sql.table().to_owned(),
            row: row.unwrap_or_else(|| "?".to_owned()),
            column: column.to_owned(),
        }
    }

    fn value(&self, column: &str) -> Option<&Value> {
        let at = self.names.iter().position(|name| name == column)?;
        self.values.get(at)
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Int(n) = value { Some(*n) } else { None }
    }
}
impl FromValue for u64 {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).and_then(|n| Self::try_from(n).ok())
    }
}
impl FromValue for u32 {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).and_then(|n| Self::try_from(n).ok())
    }
}
impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}
impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}
impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Bytes(bytes) = value { Some(bytes.clone()) } else { None }
    }
}
impl FromValue for Cents {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(Self::new)
    }
}
impl FromValue for Instant {
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value).map(Self::from_micros)
    }
}
impl FromValue for jiff::civil::Date {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { text.parse().ok() } else { None }
    }
}
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::from_value(value).map(Some) }
    }
}
