//! What the cache is told, checked: an argument that cannot be says its name, what it was and what may be given.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBytes;

const NANOSECONDS: f64 = 1e9;

/// Seconds to live, as they were given.
fn seconds(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Option<f64>> {
    if value.is_none() {
        return Ok(None);
    }
    match value.extract::<f64>() {
        Ok(seconds) if seconds >= 0.0 => Ok(Some(seconds)),
        Err(error) if error.is_instance_of::<PyTypeError>(value.py()) => {
            Err(PyTypeError::new_err(format!(
                "{name} is a number of seconds or None, not {}",
                value.get_type().name()?
            )))
        }
        _ => Err(PyValueError::new_err(format!(
            "{name} is {value}: give seconds, 0 or more, or None"
        ))),
    }
}

/// One that is too long for nanoseconds becomes the largest number of them, which is never.
pub(super) fn nanoseconds(seconds: f64) -> u64 {
    (seconds * NANOSECONDS) as u64
}

pub(super) fn ttl_s(value: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    Ok(seconds(value, "ttl_s")?.map(nanoseconds))
}

pub(super) fn default_ttl_s(value: &Bound<'_, PyAny>) -> PyResult<Option<f64>> {
    seconds(value, "default_ttl_s")
}

/// A whole number within limits.
fn whole(value: &Bound<'_, PyAny>, name: &str, least: usize, most: usize) -> PyResult<usize> {
    match value.extract::<usize>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        Err(error) if error.is_instance_of::<PyTypeError>(value.py()) => Err(PyTypeError::new_err(
            format!("{name} is a whole number, not {}", value.get_type().name()?),
        )),
        _ => Err(PyValueError::new_err(format!(
            "{name} is {value}: give a whole number from {least} to {most}"
        ))),
    }
}

pub(super) fn max_entries(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    whole(value, "max_entries", 1, u32::MAX as usize - 1)
}

pub(super) fn max_bytes(value: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
    (!value.is_none())
        .then(|| whole(value, "max_bytes", 1, isize::MAX as usize))
        .transpose()
}

pub(super) fn size(value: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
    (!value.is_none())
        .then(|| whole(value, "size", 0, isize::MAX as usize))
        .transpose()
}

/// The bytes of a value, where nobody says: its own length, or Python's estimate.
pub(super) fn estimate(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    static GETSIZEOF: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().len());
    }
    let getsizeof = GETSIZEOF.import(value.py(), "sys", "getsizeof")?;
    getsizeof.call1((value,))?.extract()
}
