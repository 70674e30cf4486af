//! temp
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tui::protocol::{Reply, Request};
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct AdminError;
pub struct Peer;
pub struct AdminOptions {
    pub path: PathBuf,
    pub group: Option<String>,
    pub build: String,
}
pub struct AdminServer(PathBuf);
impl AdminServer {
    pub fn start(
        options: AdminOptions,
        _h: Arc<dyn Fn(&Peer, Request) -> Reply + Send + Sync>,
    ) -> Result<AdminServer, AdminError> {
        Ok(Self(options.path))
    }
    pub fn shutdown(self) {}
    pub fn path(&self) -> &Path {
        &self.0
    }
}
