//! Not yet.
pub(crate) enum ReportFormat {
    Text,
    Json,
}
pub(crate) fn run(_: ReportFormat) -> anyhow::Result<std::process::ExitCode> {
    anyhow::bail!("not yet")
}
