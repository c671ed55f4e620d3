//! Where the bytes of files are: a folder, or a bucket that speaks S3. Written in pieces and seen whole or not at all; read in
//! pieces, from any place on. Names are our ids, never what a sender wrote.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use contract::FileStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

use crate::config::Config;
use crate::id::{AttachmentId, OrganizationId};

/// What is held in memory of a file on its way: a bucket takes parts of at least 5 MiB.
const FOLDER_PART: usize = 1 << 20;
const BUCKET_PART: usize = 5 << 20;
/// A half file of a process that died is removed once nobody can still be writing it.
const ABANDONED: Duration = Duration::from_secs(3600);

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the folder for media {0} cannot be used: {1}; make it writable, or set MEDIA_URL")]
    Folder(PathBuf, #[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("MEDIA_URL cannot be used: {0}")]
    Bucket(#[source] object_store::Error),
}

/// The object store of this installation; cheap to clone.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    part: usize,
    folder: Option<PathBuf>,
}

/// What is kept of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    File,
    Thumbnail,
}

impl Objects {
    /// Opens the store of the settings; a folder is made.
    ///
    /// # Errors
    /// With a text for the user.
    pub fn open(config: &Config) -> Result<Self, OpenError> {
        let address = config.media_url.as_deref().and_then(|text| reqwest::Url::parse(text).ok());
        match address {
            Some(url) if url.scheme() == "s3" => Self::bucket(config, &url),
            Some(url) => Self::folder(url.to_file_path().unwrap_or_default()),
            None => Self::folder(config.data_dir.join("media")),
        }
    }

    fn folder(folder: PathBuf) -> Result<Self, OpenError> {
        let refused = |error: Box<dyn std::error::Error + Send + Sync>| OpenError::Folder(folder.clone(), error);
        std::fs::create_dir_all(&folder).map_err(|error| refused(error.into()))?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| refused(error.into()))?;
        // a file that was called ready must outlive a power cut
        let store = Arc::new(store.with_fsync(true));
        Ok(Self { store, prefix: Path::default(), part: FOLDER_PART, folder: Some(folder) })
    }

    fn bucket(config: &Config, url: &reqwest::Url) -> Result<Self, OpenError> {
        let mut builder = AmazonS3Builder::new().with_bucket_name(url.host_str().unwrap_or_default());
        for (name, value) in &config.aws {
            // variables that only other programs know are none of ours
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value.expose());
            }
        }
        let store = builder.build().map_err(OpenError::Bucket)?;
        let prefix = Path::from(url.path());
        Ok(Self { store: Arc::new(store), prefix, part: BUCKET_PART, folder: None })
    }

    fn path(&self, organization_id: OrganizationId, id: AttachmentId, kept: Kept) -> Path {
        let name = match kept {
            Kept::File => id.to_string(),
            Kept::Thumbnail => format!("{id}.thumbnail"),
        };
        self.prefix.clone().join(organization_id.to_string()).join(name)
    }

    /// Begins to write a file; nothing is seen of it before [`Writer::finish`].
    #[must_use]
    pub fn write(&self, organization_id: OrganizationId, id: AttachmentId, kept: Kept) -> Writer {
        let path = self.path(organization_id, id, kept);
        let inner = BufWriter::with_capacity(Arc::clone(&self.store), path, self.part).with_max_concurrency(1);
        Writer { inner, size_bytes: 0 }
    }

    /// A file's bytes, all or a part; the store is asked when the stream is first read.
    #[must_use]
    pub fn read(
        &self,
        organization_id: OrganizationId,
        id: AttachmentId,
        kept: Kept,
        range: Option<Range<u64>>,
    ) -> FileStream {
        let (store, path) = (Arc::clone(&self.store), self.path(organization_id, id, kept));
        let opened = async move {
            let options = GetOptions { range: range.map(Into::into), ..GetOptions::default() };
            let found = store.get_opts(&path, options).await.map_err(io_error)?;
            Ok::<_, io::Error>(found.into_stream().map_err(io_error))
        };
        futures::stream::once(opened).try_flatten().boxed()
    }

    /// A few bytes of a file.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn read_range(
        &self,
        organization_id: OrganizationId,
        id: AttachmentId,
        range: Range<u64>,
    ) -> io::Result<Bytes> {
        self.store.get_range(&self.path(organization_id, id, Kept::File), range).await.map_err(io_error)
    }

    /// Bytes of what is kept.
    ///
    /// # Errors
    /// Those of the store; [`io::ErrorKind::NotFound`].
    pub async fn size(&self, organization_id: OrganizationId, id: AttachmentId, kept: Kept) -> io::Result<u64> {
        Ok(self.store.head(&self.path(organization_id, id, kept)).await.map_err(io_error)?.size)
    }

    /// Removes a file with what is kept beside it; one that is not there counts as removed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn delete(&self, organization_id: OrganizationId, id: AttachmentId) -> io::Result<()> {
        for kept in [Kept::File, Kept::Thumbnail] {
            match self.store.delete(&self.path(organization_id, id, kept)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(io_error(error)),
            }
        }
        Ok(())
    }

    /// Removes what a process that died had half written to this file; only who alone may write it calls this.
    pub async fn forget_halves(&self, organization_id: OrganizationId, id: AttachmentId) {
        let Some(folder) = &self.folder else { return };
        let folder = folder.join(organization_id.to_string());
        for name in [id.to_string(), format!("{id}.thumbnail")] {
            for half in 1..8 {
                if tokio::fs::remove_file(folder.join(format!("{name}#{half}"))).await.is_err() {
                    break;
                }
            }
        }
    }

    /// Removes half files that nobody came back for, which only uploads leave. A bucket does so by a rule of its own for
    /// unfinished uploads.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub async fn sweep(&self) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let mut organizations = tokio::fs::read_dir(folder).await?;
        while let Some(organization) = organizations.next_entry().await? {
            let Ok(mut files) = tokio::fs::read_dir(organization.path()).await else { continue };
            while let Some(file) = files.next_entry().await? {
                let is_half = file.file_name().to_string_lossy().contains('#');
                let age = async || file.metadata().await.ok()?.modified().ok()?.elapsed().ok();
                if is_half && age().await.is_some_and(|age| age > ABANDONED) {
                    tokio::fs::remove_file(file.path()).await?;
                }
            }
        }
        Ok(())
    }
}

/// Store errors may hold addresses of the store, which are the operator's own; never a sender's.
fn io_error(error: object_store::Error) -> io::Error {
    match error {
        object_store::Error::NotFound { .. } => io::Error::new(io::ErrorKind::NotFound, "there is no such object"),
        error => io::Error::other(error),
    }
}

/// A file on its way into the store. Dropped before it is finished, nothing of it remains.
pub struct Writer {
    inner: BufWriter,
    size_bytes: u64,
}

impl Writer {
    /// Takes the next piece, waiting while the store is behind.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn put(&mut self, piece: Bytes) -> io::Result<()> {
        self.size_bytes += piece.len() as u64;
        self.inner.put(piece).await.map_err(io_error)
    }

    #[must_use]
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Makes the file seen, and kept.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn finish(mut self) -> io::Result<()> {
        self.inner.shutdown().await
    }

    /// Throws away what was written.
    pub async fn abort(mut self) {
        if let Err(error) = self.inner.abort().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "a half file could not be thrown away");
        }
    }
}
