//! Binding of `harness_core::tokens`.

use harness_core::tokens::{Encoding as Core, FEATURES, features};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Bytes from which on the GIL is let go: some ten microseconds of work.
const LONG: usize = 1024;

#[pyclass(module = "harness.tokens", frozen)]
struct Encoding {
    name: &'static str,
    core: Core,
}

/// Runs `work`, with the GIL only if there is little of it.
fn run<T: Send>(py: Python<'_>, length: usize, work: impl FnOnce() -> T + Send) -> T {
    if length < LONG {
        work()
    } else {
        py.detach(work)
    }
}

#[pymethods]
impl Encoding {
    #[new]
    fn new(py: Python<'_>, name: &str) -> PyResult<Self> {
        let found = Core::ALL.iter().find(|each| each.0 == name);
        let (name, core) =
            found.ok_or_else(|| PyValueError::new_err(format!("there is no encoding {name:?}")))?;
        py.detach(|| core.load());
        Ok(Self { name, core: *core })
    }

    #[getter]
    fn name(&self) -> &'static str {
        self.name
    }

    fn count(&self, py: Python<'_>, text: &str) -> usize {
        run(py, text.len(), || self.core.count(text))
    }

    fn count_up_to(&self, py: Python<'_>, text: &str, limit: usize) -> usize {
        run(py, text.len(), || self.core.count_up_to(text, limit))
    }

    /// How many tokens, and what the text is made of.
    fn features(&self, py: Python<'_>, text: &str) -> (usize, [u32; FEATURES]) {
        run(py, text.len(), || (self.core.count(text), features(text)))
    }

    fn encode(&self, py: Python<'_>, text: &str) -> Vec<u32> {
        run(py, text.len(), || self.core.encode(text))
    }

    fn decode(&self, py: Python<'_>, tokens: Vec<u32>) -> PyResult<String> {
        let decoded = run(py, tokens.len(), || self.core.decode(&tokens));
        match decoded {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(unknown) => Err(PyValueError::new_err(format!(
                "{} has no token {}",
                self.name, unknown.0
            ))),
        }
    }

    fn truncate<'a>(&self, py: Python<'_>, text: &'a str, limit: usize) -> &'a str {
        let end = run(py, text.len(), || self.core.truncate(text, limit));
        &text[..end]
    }
}

#[pyfunction]
fn token_encodings() -> Vec<&'static str> {
    Core::ALL.iter().map(|each| each.0).collect()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Encoding>()?;
    module.add_function(wrap_pyfunction!(token_encodings, module)?)
}
