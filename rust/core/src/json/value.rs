//! The JSON value of the core: ordered objects, exact numbers, no Python.

/// A JSON number, kept as exactly as it was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Fits in a signed 64-bit integer.
    Int(i64),
    /// An integer too wide for [`Number::Int`]: its decimal digits with an optional leading minus.
    BigInt(Box<str>),
    /// Anything with a fraction or an exponent, and the non-finite literals that models write.
    Float(f64),
}

/// A JSON value. Objects keep insertion order and hold each key once; a later duplicate replaces the value in place.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object, in insertion order.
    Object(Vec<(String, Value)>),
}
