//! Not yet.
pub(crate) enum Extent {
    Quick,
    Whole,
}
pub(crate) fn run(_: Extent) -> anyhow::Result<std::process::ExitCode> {
    anyhow::bail!("not yet")
}
