//! `harness._native`: the one door between Python and the hot core. Conversion and errors only.

use pyo3::prelude::*;

mod cache;
mod collector;
mod json;
mod live;
mod prompt;
mod stream;
mod tokens;
mod toolcall;

#[pymodule(gil_used = true)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    cache::register(module)?;
    json::register(module)?;
    live::register(module)?;
    prompt::register(module)?;
    stream::register(module)?;
    tokens::register(module)?;
    toolcall::register(module)?;
    Ok(())
}
