//! The four things that a column holds.

use domain::{Cents, Instant};

/// A typed parameter or a column's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number: counts, cents, microseconds, flags.
    Int(i64),
    /// Text without NUL.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// What can be bound to a parameter.
pub trait ToValue {
    /// The value to bind.
    fn to_value(&self) -> Value;
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}
impl ToValue for i64 {
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }
}
impl ToValue for i32 {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}
impl ToValue for u32 {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}
impl ToValue for u8 {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}
impl ToValue for bool {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}
impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}
impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}
impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value {
        Value::Bytes(self.clone())
    }
}
impl ToValue for [u8] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}
impl ToValue for Cents {
    fn to_value(&self) -> Value {
        Value::Int(self.get())
    }
}
impl ToValue for Instant {
    fn to_value(&self) -> Value {
        Value::Int(self.micros())
    }
}
impl ToValue for jiff::civil::Date {
    /// ISO 8601.
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
}
impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}
impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

macro_rules! ids {
    ($($name:ident),*) => {$(
        impl ToValue for domain::id::$name {
            fn to_value(&self) -> Value {
                Value::Text(self.as_str().to_owned())
            }
        }
        impl super::FromValue for domain::id::$name {
            fn from_value(value: &Value) -> Option<Self> {
                match value { Value::Text(text) => Self::parse(text).ok(), _ => None }
            }
        }
    )*};
}
ids!(
    AccountId,
    SessionId,
    PatientId,
    CoverageId,
    PayerId,
    LocationId,
    ProviderId,
    AppointmentId,
    VisitId,
    ChargeId,
    ClaimId,
    BatchId,
    PartnerId,
    FileId,
    RemittanceId,
    EntryId,
    WorkItemId,
    EventId,
    EvidenceId,
    ClientId,
    TokenId,
    IntakeId,
    PasskeyId,
    EmergencyId,
    ReviewId,
    ReviewItemId,
    AlertId,
    SampleItemId,
    DeliveryId
);
