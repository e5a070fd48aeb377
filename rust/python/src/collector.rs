//! The garbage collector, paused while many containers are built at once.

use pyo3::prelude::*;

/// From this many nodes on the collector is paused: it would walk the unfinished value several times over, a fifth of
/// what it costs to build, and could free nothing of it.
const FROM: usize = 2048;

/// Holds the collector still while it lives.
///
/// Nobody else notices: the interpreter is not released, and no Python code runs, between its making and its end.
pub(crate) struct Paused<'py>(Option<Bound<'py, PyModule>>);

impl<'py> Paused<'py> {
    /// Pause the collector, if it is on, where `nodes` are to be built.
    pub(crate) fn building(py: Python<'py>, nodes: usize) -> PyResult<Self> {
        if nodes < FROM {
            return Ok(Self(None));
        }
        let gc = py.import("gc")?;
        if !gc.call_method0("isenabled")?.is_truthy()? {
            return Ok(Self(None));
        }
        gc.call_method0("disable")?;
        Ok(Self(Some(gc)))
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        if let Some(gc) = &self.0 {
            // It raises nothing; a drop could not hand it on either.
            let _ = gc.call_method0("enable");
        }
    }
}
