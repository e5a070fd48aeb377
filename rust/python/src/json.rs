//! Binding of `harness_core::json`: texts in, Python objects out.

use std::borrow::Cow;
use std::cell::RefCell;

use crate::collector::Paused;
use harness_core::json::{self, Node, Number, Options, Repair, Schema, Tape, Value};
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

/// From this many bytes on the interpreter is released while parsing.
pub(crate) const DETACH_FROM: usize = 8 * 1024;

create_exception!(
    harness._native,
    RawParseError,
    PyValueError,
    "A text that cannot be read: args are (message, character offset, the text around it)."
);

/// A Python argument as text: `str`, or bytes holding UTF-8.
pub(crate) enum Source<'py> {
    Str(Bound<'py, PyString>),
    Bytes(Bound<'py, PyBytes>),
    Owned(String),
}

impl<'py> Source<'py> {
    pub(crate) fn new(any: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = any.cast::<PyString>() {
            if text.to_str().is_ok() {
                return Ok(Self::Str(text.clone()));
            }
            // Lone surrogates cannot be encoded: pairs are joined, halves become U+FFFD.
            let utf16 = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
            let whole = utf16.call_method1("decode", ("utf-16-le", "replace"))?;
            return Ok(Self::Owned(whole.extract()?));
        }
        if let Ok(bytes) = any.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.clone()));
        }
        if let Ok(bytes) = any.cast::<PyByteArray>() {
            return Ok(Self::Owned(lossy(&bytes.to_vec()).into_owned()));
        }
        let kind = any.get_type().name()?.to_string();
        Err(RawParseError::new_err((
            format!("expected str or bytes, not {kind}"),
            0,
            "",
        )))
    }

    pub(crate) fn text(&self) -> PyResult<Cow<'_, str>> {
        Ok(match self {
            Self::Str(text) => Cow::Borrowed(text.to_str()?),
            Self::Bytes(bytes) => lossy(bytes.as_bytes()),
            Self::Owned(text) => Cow::Borrowed(text),
        })
    }
}

/// Bytes as text: UTF-8, or UTF-16 by its byte order mark; what is neither becomes U+FFFD.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |big: bool| {
        let units = bytes[2..].chunks(2).map(|pair| {
            let pair = [pair[0], pair.get(1).copied().unwrap_or(0)];
            if big {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        });
        Cow::Owned(
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or('\u{fffd}'))
                .collect(),
        )
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(false),
        [0xfe, 0xff, ..] => wide(true),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// The number of characters before a byte offset.
pub(crate) fn characters(text: &str, position: usize) -> usize {
    let mut at = position.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    if text.is_ascii() {
        at
    } else {
        text[..at].chars().count()
    }
}

/// Most characters of the text that an error shows before its place, and after it.
const EXCERPT: usize = 30;

/// A core error as a Python one.
pub(crate) fn raise(text: &str, error: json::Error) -> PyErr {
    fault(error.kind.message(), text, error.position)
}

/// An error at a byte offset, with what stands around it.
fn fault(message: &'static str, text: &str, position: usize) -> PyErr {
    let mut at = position.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let (before, after) = text.split_at(at);
    let start = before
        .char_indices()
        .rev()
        .nth(EXCERPT - 1)
        .map_or(0, |(start, _)| start);
    let excerpt: String = before[start..]
        .chars()
        .chain(after.chars().take(EXCERPT))
        .collect();
    RawParseError::new_err((message, characters(text, at), excerpt))
}

/// Run `work` without the interpreter if the text is long enough to be worth it.
pub(crate) fn off_gil<T: Send>(py: Python<'_>, len: usize, work: impl FnOnce() -> T + Send) -> T {
    if len > DETACH_FROM {
        py.detach(work)
    } else {
        work()
    }
}

const SLOTS: usize = 2048;
/// Longest key that is shared, in bytes.
const CACHED_KEY: usize = 31;
/// Longest other string that is shared, in bytes: long ones seldom repeat.
const CACHED_VALUE: usize = 12;

/// A Python string with its text beside it, so that comparing needs no call into the interpreter.
#[derive(Default)]
struct Slot {
    /// The first and the last eight bytes: all there is of a text up to 16 bytes.
    ends: (u64, u64),
    text: [u8; CACHED_KEY],
    len: u8,
    object: Option<Py<PyString>>,
}

/// The first and the last eight bytes of a text, which overlap where it is shorter than 16; of one shorter than 8 bytes
/// the whole in a way of its own. Together with its length they tell apart all texts up to 16 bytes.
#[inline]
fn ends(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (
            u64::from(u32::from_le_bytes(*first)),
            u64::from(u32::from_le_bytes(*last)),
        );
    }
    let at = |index: usize| u64::from(bytes.get(index).copied().unwrap_or(0));
    (at(0) | at(1) << 8 | at(2) << 16, 0)
}

thread_local! {
    static STRINGS: RefCell<Vec<Slot>> = const { RefCell::new(Vec::new()) };
}

/// A Python string, shared with an earlier equal one if it is no longer than `limit`: keys repeat.
#[inline]
fn string<'py>(
    py: Python<'py>,
    slots: &mut [Slot],
    text: &str,
    limit: usize,
) -> Bound<'py, PyString> {
    let bytes = text.as_bytes();
    if bytes.len() > limit || bytes.is_empty() {
        return PyString::new(py, text);
    }
    let (first, last) = ends(bytes);
    let hash = (first.rotate_left(5) ^ last ^ ((bytes.len() as u64) << 56))
        .wrapping_mul(0x517c_c1b7_2722_0a95);
    let slot = &mut slots[(hash >> 40) as usize % SLOTS];
    if let Some(known) = &slot.object {
        let same = usize::from(slot.len) == bytes.len()
            && slot.ends == (first, last)
            && (bytes.len() <= 16 || &slot.text[..bytes.len()] == bytes);
        if same {
            return known.bind(py).clone();
        }
    }
    let fresh = PyString::new(py, text);
    slot.text[..bytes.len()].copy_from_slice(bytes);
    slot.len = bytes.len() as u8;
    slot.ends = (first, last);
    slot.object = Some(fresh.clone().unbind());
    fresh
}

struct Builder<'a, 'py> {
    py: Python<'py>,
    tape: &'a Tape,
    text: &'a str,
    at: usize,
    slots: &'a mut [Slot],
    int: Bound<'py, PyAny>,
    failed: Option<PyErr>,
}

impl<'py> Builder<'_, 'py> {
    fn value(&mut self) -> Bound<'py, PyAny> {
        let py = self.py;
        let Some(&node) = self.tape.nodes.get(self.at) else {
            return py.None().into_bound(py);
        };
        self.at += 1;
        match node {
            Node::Null => py.None().into_bound(py),
            Node::Bool(value) => PyBool::new(py, value).to_owned().into_any(),
            Node::Int(value) => PyInt::new(py, value).into_any(),
            Node::Float(value) => PyFloat::new(py, value).into_any(),
            Node::Big { .. } => match self.int.call1((self.tape.text(self.text, node),)) {
                Ok(value) => value,
                Err(error) => self.fail(error),
            },
            Node::Raw { .. } | Node::Owned { .. } => {
                let text = self.tape.text(self.text, node);
                string(py, self.slots, text, CACHED_VALUE).into_any()
            }
            Node::Array(count) => {
                let items = Items {
                    left: count as usize,
                    builder: self,
                };
                match PyList::new(py, items) {
                    Ok(list) => list.into_any(),
                    Err(error) => self.fail(error),
                }
            }
            Node::Object(count) => {
                let dict = PyDict::new(py);
                for _ in 0..count {
                    let head = self.tape.nodes.get(self.at).copied().unwrap_or(Node::Null);
                    self.at += 1;
                    let key = string(py, self.slots, self.tape.text(self.text, head), CACHED_KEY);
                    let value = self.value();
                    if let Err(error) = dict.set_item(key, value) {
                        return self.fail(error);
                    }
                }
                dict.into_any()
            }
        }
    }

    fn fail(&mut self, error: PyErr) -> Bound<'py, PyAny> {
        self.failed.get_or_insert(error);
        self.py.None().into_bound(self.py)
    }
}

struct Items<'b, 'a, 'py> {
    left: usize,
    builder: &'b mut Builder<'a, 'py>,
}

impl<'py> Iterator for Items<'_, '_, 'py> {
    type Item = Bound<'py, PyAny>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(self.builder.value())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Items<'_, '_, '_> {}

/// The first value of a tape as Python objects.
pub(crate) fn build<'py>(py: Python<'py>, text: &str, tape: &Tape) -> PyResult<Bound<'py, PyAny>> {
    let _paused = Paused::building(py, tape.nodes.len())?;
    STRINGS.with_borrow_mut(|slots| {
        if slots.is_empty() {
            slots.resize_with(SLOTS, Slot::default);
        }
        let int = py.get_type::<PyInt>().into_any();
        let mut builder = Builder {
            py,
            tape,
            text,
            at: 0,
            slots,
            int,
            failed: None,
        };
        let value = builder.value();
        match builder.failed {
            Some(error) => Err(error),
            None => Ok(value),
        }
    })
}

/// The repairs as `(kind, character offset)` tuples.
pub(crate) fn repairs_list<'py>(
    py: Python<'py>,
    text: &str,
    repairs: &[Repair],
) -> PyResult<Bound<'py, PyList>> {
    let ascii = text.is_ascii();
    let (mut byte, mut character) = (0, 0);
    let rows = repairs.iter().map(|repair| {
        if ascii {
            return (repair.kind.name(), repair.position);
        }
        let mut to = repair.position.min(text.len());
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        if to >= byte {
            character += text[byte..to].chars().count();
            byte = to;
        }
        (repair.kind.name(), character)
    });
    PyList::new(py, rows.collect::<Vec<_>>())
}

/// A JSON value as Python objects.
pub(crate) fn build_value<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Number(Number::Int(number)) => PyInt::new(py, *number).into_any(),
        Value::Number(Number::Float(number)) => PyFloat::new(py, *number).into_any(),
        Value::Number(Number::BigInt(digits)) => py.get_type::<PyInt>().call1((&**digits,))?,
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(build_value(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(pairs) => {
            let dict = PyDict::new(py);
            for (key, item) in pairs {
                dict.set_item(key, build_value(py, item)?)?;
            }
            dict.into_any()
        }
    })
}

/// A compiled JSON Schema.
#[pyclass(frozen, name = "JsonSchema", module = "harness._native")]
pub(crate) struct JsonSchema(pub(crate) Schema);

#[pymethods]
impl JsonSchema {
    /// Compile the schema written in `text`, strict JSON.
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        let schema = json::parse_strict(text).map_err(|error| raise(text, error))?;
        Ok(Self(Schema::compile(&schema)))
    }
}

/// Repair a text. With `report`, `(value, repairs)`.
#[pyfunction]
#[pyo3(signature = (text, report = false, partial = false, schema = None))]
fn json_repair<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    report: bool,
    partial: bool,
    schema: Option<&Bound<'py, JsonSchema>>,
) -> PyResult<Bound<'py, PyAny>> {
    let source = Source::new(text)?;
    let text = source.text()?;
    let text: &str = &text;
    let options = Options { report, partial };
    let (value, repairs) = match schema {
        None => {
            let reading = off_gil(py, text.len(), || json::read(text, &options))
                .map_err(|error| raise(text, error))?;
            (build(py, text, &reading.tape)?, reading.repairs)
        }
        Some(schema) => {
            let schema = &schema.get().0;
            let read = off_gil(py, text.len(), || {
                json::read_with_schema(text, schema, &options)
            });
            let reading = read.map_err(|error| raise(text, error))?;
            (build_value(py, &reading.value)?, reading.repairs)
        }
    };
    if !report {
        return Ok(value);
    }
    Ok((value, repairs_list(py, text, &repairs)?)
        .into_pyobject(py)?
        .into_any())
}

/// Parse strict JSON.
#[pyfunction]
fn json_strict<'py>(py: Python<'py>, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(bytes) = text.cast::<PyBytes>() {
        if let Err(error) = std::str::from_utf8(bytes.as_bytes()) {
            let read = String::from_utf8_lossy(bytes.as_bytes()).into_owned();
            return Err(fault("the bytes are not UTF-8", &read, error.valid_up_to()));
        }
    }
    if let Ok(string) = text.cast::<PyString>() {
        if string.to_str().is_err() {
            let source = Source::new(text)?;
            let read = source.text()?;
            let position = read.find('\u{fffd}').unwrap_or(0);
            return Err(fault("half of a surrogate pair", &read, position));
        }
    }
    let source = Source::new(text)?;
    let text = source.text()?;
    let text: &str = &text;
    let tape =
        off_gil(py, text.len(), || json::parse_tape(text)).map_err(|error| raise(text, error))?;
    build(py, text, &tape)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("RawParseError", module.py().get_type::<RawParseError>())?;
    module.add_class::<JsonSchema>()?;
    module.add_function(wrap_pyfunction!(json_repair, module)?)?;
    module.add_function(wrap_pyfunction!(json_strict, module)?)?;
    Ok(())
}
