//! Keys of the cache: Python's strings and bytes, looked up by the hash that they carry.

use harness_core::cache::Lookup;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// A string or bytes, neither of a subclass, with the hash that Python keeps for it. That one is seeded by the process,
/// so nobody can choose keys that collide.
pub(super) struct Key<'a, 'py> {
    object: &'a Bound<'py, PyAny>,
    hash: u64,
}

impl<'a, 'py> Key<'a, 'py> {
    /// `room` holds the plain copy of a key that is of a subclass, for its own `__hash__` and `__eq__` might be anything.
    #[inline]
    pub(super) fn new(
        given: &'a Bound<'py, PyAny>,
        room: &'a mut Option<Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let object = if is_text(given) || given.is_exact_instance_of::<PyBytes>() {
            given
        } else {
            room.insert(plain(given)?)
        };
        let hash = object.hash()? as u64;
        Ok(Self { object, hash })
    }

    pub(super) fn size(&self) -> PyResult<usize> {
        if let Ok(text) = self.object.cast::<PyString>() {
            // Lone surrogates have no UTF-8; they would take three bytes, as do their neighbours at most.
            return Ok(match text.to_str() {
                Ok(text) => text.len(),
                Err(_) => self.object.len()?.saturating_mul(3),
            });
        }
        self.object.len()
    }
}

#[inline]
fn is_text(key: &Bound<'_, PyAny>) -> bool {
    key.is_exact_instance_of::<PyString>()
}

#[cold]
fn plain<'py>(key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if key.is_instance_of::<PyString>() {
        let text = key.py().get_type::<PyString>();
        return text.call_method1("__str__", (key,));
    }
    match key.cast::<PyBytes>() {
        Ok(bytes) => Ok(PyBytes::new(key.py(), bytes.as_bytes()).into_any()),
        Err(_) => Err(PyTypeError::new_err(format!(
            "a key is str or bytes, not {}",
            key.get_type().name()?
        ))),
    }
}

impl Lookup<Py<PyAny>> for Key<'_, '_> {
    #[inline]
    fn hash(&self) -> u64 {
        self.hash
    }

    #[inline]
    fn is(&self, held: &Py<PyAny>) -> bool {
        if held.is(self.object) {
            return true;
        }
        // Text and bytes are two name spaces; to compare them would warn under `python -b`.
        let held = held.bind(self.object.py());
        is_text(held) == is_text(self.object) && held.eq(self.object).unwrap_or(false)
    }

    #[inline]
    fn into_key(self) -> Py<PyAny> {
        self.object.clone().unbind()
    }
}
