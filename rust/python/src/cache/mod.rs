//! Binding of `harness_core::cache`: keys and values are references to Python objects.

mod arguments;
mod key;

use arguments::{default_ttl_s, estimate, max_bytes, max_entries, nanoseconds, size, ttl_s};
use harness_core::cache::{At, Clock, Gone, Lease, LruTtlCache as Cache, NEVER, SystemClock};
use key::Key;
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// No code of Python's runs while this is held: keys are exact strings or bytes, which the interpreter compares by
/// itself, and values are dropped after it is let go.
type Inner = Mutex<Cache<Py<PyAny>, Py<PyAny>>>;

#[pyclass(module = "harness._native", frozen, subclass, mapping)]
struct LruTtlCache {
    inner: Inner,
    default_ttl_s: Option<f64>,
    default_ttl: u64,
    max_entries: usize,
    max_bytes: Option<usize>,
    sliding: bool,
    timer: Option<Py<PyAny>>,
}

/// The time of one call: a timer of Python's is read before the lock is taken.
enum Time {
    System,
    Read(At),
}

impl Clock for Time {
    #[inline]
    fn now(&self) -> u64 {
        match self {
            Time::System => SystemClock.now(),
            Time::Read(at) => at.now(),
        }
    }

    #[inline]
    fn reached(&self, moment: u64) -> bool {
        match self {
            Time::System => SystemClock.reached(moment),
            Time::Read(at) => at.reached(moment),
        }
    }

    #[inline]
    fn after(&self, span: u64) -> u64 {
        match self {
            Time::System => SystemClock.after(span),
            Time::Read(at) => at.after(span),
        }
    }
}

impl LruTtlCache {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Cache<Py<PyAny>, Py<PyAny>>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn time(&self, py: Python<'_>) -> PyResult<Time> {
        let Some(timer) = &self.timer else {
            return Ok(Time::System);
        };
        Ok(Time::Read(At(nanoseconds(timer.call0(py)?.extract(py)?))))
    }

    #[inline]
    fn look_up(&self, key: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyAny>>> {
        let (mut room, mut gone) = (None, Gone::default());
        let py = key.py();
        let (key, time) = (Key::new(key, &mut room)?, self.time(py)?);
        let found = self
            .lock()
            .get(&key, &time, &mut gone)
            .map(|value| value.clone_ref(py));
        Ok(found)
    }

    fn lease(
        &self,
        key: &Key<'_, '_>,
        value: &Bound<'_, PyAny>,
        ttl: Option<u64>,
        size: Option<usize>,
    ) -> PyResult<Lease> {
        let size = match size {
            Some(size) => size,
            None if self.max_bytes.is_none() => 0,
            None => estimate(value)?.saturating_add(key.size()?),
        };
        let ttl = ttl.unwrap_or(self.default_ttl);
        Ok(Lease { size, ttl })
    }
}

#[pymethods]
impl LruTtlCache {
    #[new]
    #[pyo3(signature = (max_entries = 10_000, max_bytes = None, default_ttl_s = None, *, sliding = false, timer = None))]
    fn new(
        #[pyo3(from_py_with = max_entries)] max_entries: usize,
        #[pyo3(from_py_with = max_bytes)] max_bytes: Option<usize>,
        #[pyo3(from_py_with = default_ttl_s)] default_ttl_s: Option<f64>,
        sliding: bool,
        timer: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let most = max_bytes.unwrap_or(usize::MAX);
        Ok(Self {
            inner: Mutex::new(Cache::new(max_entries, most, sliding)),
            default_ttl_s,
            default_ttl: default_ttl_s.map_or(NEVER, nanoseconds),
            max_entries,
            max_bytes,
            sliding,
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
        self.default_ttl_s
    }

    #[getter]
    fn sliding(&self) -> bool {
        self.sliding
    }

    #[pyo3(signature = (key, default = None))]
    fn get(
        &self,
        key: &Bound<'_, PyAny>,
        default: Option<Py<PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        Ok(self.look_up(key)?.or(default))
    }

    #[pyo3(signature = (key, value, ttl_s = None, *, size = None))]
    fn set(
        &self,
        key: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = ttl_s)] ttl_s: Option<u64>,
        #[pyo3(from_py_with = size)] size: Option<usize>,
    ) -> PyResult<bool> {
        let (mut room, mut gone) = (None, Gone::default());
        let (time, key) = (self.time(key.py())?, Key::new(key, &mut room)?);
        let lease = self.lease(&key, value, ttl_s, size)?;
        let value = value.clone().unbind();
        Ok(self.lock().set(key, value, lease, &time, &mut gone))
    }

    fn delete(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (mut room, mut gone) = (None, Gone::default());
        let (time, key) = (self.time(key.py())?, Key::new(key, &mut room)?);
        Ok(self.lock().delete(&key, &time, &mut gone))
    }

    /// One look at the time and one lock for all keys.
    fn get_many<'py>(&self, keys: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let py = keys.py();
        if keys.is_instance_of::<PyString>() || keys.is_instance_of::<PyBytes>() {
            return Err(PyTypeError::new_err(
                "keys is one key: give a list of them, or use get",
            ));
        }
        let keys = keys.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        let mut rooms = vec![None; keys.len()];
        let plain = keys.iter().zip(&mut rooms);
        let plain = plain
            .map(|(key, room)| Key::new(key, room))
            .collect::<PyResult<Vec<_>>>()?;
        let (time, mut gone) = (self.time(py)?, Gone::default());
        let mut found = Vec::with_capacity(plain.len());
        let mut inner = self.lock();
        for (key, plain) in keys.iter().zip(&plain) {
            if let Some(value) = inner.get(plain, &time, &mut gone) {
                found.push((key, value.clone_ref(py)));
            }
        }
        drop(inner);
        let values = PyDict::new(py);
        for (key, value) in found {
            values.set_item(key, value)?;
        }
        Ok(values)
    }

    /// All keys and sizes are known to be good before the first value is kept.
    #[pyo3(signature = (mapping, ttl_s = None))]
    fn set_many(
        &self,
        mapping: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = ttl_s)] ttl_s: Option<u64>,
    ) -> PyResult<usize> {
        if !mapping.hasattr("items")? {
            return Err(PyTypeError::new_err(format!(
                "mapping is a dict or another mapping, not {}",
                mapping.get_type().name()?
            )));
        }
        let pairs = mapping
            .call_method0("items")?
            .try_iter()?
            .map(|pair| pair?.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>())
            .collect::<PyResult<Vec<_>>>()?;
        let mut rooms = vec![None; pairs.len()];
        let mut leases = Vec::with_capacity(pairs.len());
        for ((key, value), room) in pairs.iter().zip(&mut rooms) {
            let key = Key::new(key, room)?;
            let lease = self.lease(&key, value, ttl_s, None)?;
            leases.push((key, value.clone().unbind(), lease));
        }
        let (time, mut gone) = (self.time(mapping.py())?, Gone::default());
        let mut inner = self.lock();
        let kept = leases
            .into_iter()
            .filter_map(|(key, value, lease)| {
                inner.set(key, value, lease, &time, &mut gone).then_some(())
            })
            .count();
        drop(inner);
        Ok(kept)
    }

    fn purge(&self, py: Python<'_>) -> PyResult<usize> {
        let (time, mut gone) = (self.time(py)?, Gone::default());
        Ok(self.lock().purge(&time, &mut gone))
    }

    fn clear(&self) {
        let mut gone = Gone::default();
        self.lock().clear(&mut gone);
    }

    /// Hits, misses, evictions, expirations, entries, bytes.
    fn counts(&self) -> (u64, u64, u64, u64, usize, usize) {
        let counts = self.lock().counts();
        (
            counts.hits,
            counts.misses,
            counts.evictions,
            counts.expirations,
            counts.entries,
            counts.bytes,
        )
    }

    fn __getitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.look_up(key)?
            .ok_or_else(|| PyKeyError::new_err(key.clone().unbind()))
    }

    fn __setitem__(&self, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set(key, value, None, None).map(drop)
    }

    fn __delitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<()> {
        if self.delete(key)? {
            return Ok(());
        }
        Err(PyKeyError::new_err(key.clone().unbind()))
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let mut room = None;
        let (time, key) = (self.time(key.py())?, Key::new(key, &mut room)?);
        Ok(self.lock().contains(&key, &time))
    }

    fn __len__(&self) -> usize {
        self.lock().counts().entries
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Some(timer) = &self.timer {
            visit.call(timer)?;
        }
        // Keys are strings and bytes, which refer to nothing.
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
