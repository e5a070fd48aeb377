//! Binding of `harness_core::cache`: values are references to Python objects, time is the process's monotonic clock.

use harness_core::cache::{Key, LruTtlCache as Cache};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Nothing of Python runs while this is held: keys are compared as bytes, and values are dropped after it is let go.
type Inner = Mutex<Cache<Py<PyAny>>>;

#[pyclass(module = "harness.caching", frozen)]
struct LruTtlCache {
    inner: Inner,
    default_ttl: Option<f64>,
    max_entries: usize,
    max_bytes: Option<usize>,
    begin: Instant,
    timer: Option<Py<PyAny>>,
}

fn lock(inner: &Inner) -> MutexGuard<'_, Cache<Py<PyAny>>> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key_of<'a>(key: &'a Bound<'_, PyAny>) -> PyResult<Key<'a>> {
    if let Ok(text) = key.cast::<PyString>() {
        return Ok(Key::Text(text.to_str()?));
    }
    match key.cast::<PyBytes>() {
        Ok(bytes) => Ok(Key::Bytes(bytes.as_bytes())),
        Err(_) => Err(PyTypeError::new_err(format!(
            "a key is str or bytes, not {}",
            key.get_type().name()?
        ))),
    }
}

fn seconds(value: f64, what: &str) -> PyResult<f64> {
    if value.is_nan() || value < 0.0 {
        return Err(PyValueError::new_err(format!(
            "{what} must not be negative or NaN"
        )));
    }
    Ok(value)
}

const NANOSECONDS: f64 = 1e9;

impl LruTtlCache {
    /// Nanoseconds since the cache was made, or of the timer that was given.
    fn now(&self, py: Python<'_>) -> PyResult<u64> {
        match &self.timer {
            None => Ok(self.begin.elapsed().as_nanos() as u64),
            Some(timer) => Ok((timer.call0(py)?.extract::<f64>(py)? * NANOSECONDS) as u64),
        }
    }

    fn size_of(
        &self,
        key: Key<'_>,
        value: &Bound<'_, PyAny>,
        size: Option<usize>,
    ) -> PyResult<usize> {
        if let Some(size) = size {
            return Ok(size);
        }
        if self.max_bytes.is_none() {
            return Ok(0);
        }
        let own = match value.cast::<PyBytes>() {
            Ok(bytes) => bytes.as_bytes().len(),
            Err(_) => value
                .py()
                .import("sys")?
                .call_method1("getsizeof", (value,))?
                .extract()?,
        };
        Ok(own.saturating_add(key.len()))
    }
}

#[pymethods]
impl LruTtlCache {
    #[new]
    #[pyo3(signature = (max_entries = 10_000, *, max_bytes = None, default_ttl_s = None, timer = None))]
    fn new(
        max_entries: usize,
        max_bytes: Option<usize>,
        default_ttl_s: Option<f64>,
        timer: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        if max_entries == 0 || max_entries >= u32::MAX as usize {
            return Err(PyValueError::new_err(
                "max_entries must be from 1 to 4294967294",
            ));
        }
        Ok(Self {
            inner: Mutex::new(Cache::new(max_entries, max_bytes.unwrap_or(usize::MAX))),
            default_ttl: default_ttl_s
                .map(|ttl| seconds(ttl, "default_ttl_s"))
                .transpose()?,
            max_entries,
            max_bytes,
            begin: Instant::now(),
            timer,
        })
    }

    #[getter]
    fn max_entries(&self) -> usize {
        self.max_entries
    }

    #[getter]
    fn max_bytes(&self) -> Option<usize> {
        self.max_bytes
    }

    #[getter]
    fn default_ttl_s(&self) -> Option<f64> {
        self.default_ttl
    }

    #[pyo3(signature = (key, default = None))]
    fn get(
        &self,
        py: Python<'_>,
        key: &Bound<'_, PyAny>,
        default: Option<Py<PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let (key, now, mut gone) = (key_of(key)?, self.now(py)?, Vec::new());
        let found = lock(&self.inner)
            .get(key, now, &mut gone)
            .map(|value| value.clone_ref(py));
        Ok(found.or(default))
    }

    #[pyo3(signature = (key, value, *, ttl_s = None, size = None))]
    fn set(
        &self,
        key: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        ttl_s: Option<f64>,
        size: Option<usize>,
    ) -> PyResult<bool> {
        let py = key.py();
        let (key, now, mut gone) = (key_of(key)?, self.now(py)?, Vec::new());
        let expires = match ttl_s
            .map(|ttl| seconds(ttl, "ttl_s"))
            .transpose()?
            .or(self.default_ttl)
        {
            None => u64::MAX,
            // A float that is too large becomes the largest integer, which is never.
            Some(ttl) => now.saturating_add((ttl * NANOSECONDS) as u64),
        };
        let size = self.size_of(key, value, size)?;
        Ok(lock(&self.inner).set(key, value.clone().unbind(), size, expires, now, &mut gone))
    }

    fn delete(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (key, now, mut gone) = (key_of(key)?, self.now(py)?, Vec::new());
        Ok(lock(&self.inner).delete(key, now, &mut gone))
    }

    fn purge(&self, py: Python<'_>) -> PyResult<usize> {
        let (now, mut gone) = (self.now(py)?, Vec::new());
        Ok(lock(&self.inner).purge(now, &mut gone))
    }

    fn clear(&self) {
        let mut gone = Vec::new();
        lock(&self.inner).clear(&mut gone);
    }

    /// Hits, misses, evictions, expirations, entries, bytes.
    fn counts(&self) -> (u64, u64, u64, u64, usize, usize) {
        let counts = lock(&self.inner).counts();
        (
            counts.hits,
            counts.misses,
            counts.evictions,
            counts.expirations,
            counts.entries,
            counts.bytes,
        )
    }

    fn __contains__(&self, py: Python<'_>, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (key, now) = (key_of(key)?, self.now(py)?);
        Ok(lock(&self.inner).contains(key, now))
    }

    fn __len__(&self) -> usize {
        lock(&self.inner).counts().entries
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Some(timer) = &self.timer {
            visit.call(timer)?;
        }
        if let Ok(inner) = self.inner.try_lock() {
            for value in inner.values() {
                visit.call(value)?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        self.clear();
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<LruTtlCache>()
}
