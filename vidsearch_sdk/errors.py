"""Every error that the package raises on purpose, in one tree.

::

    VidsearchError
    ├── CatalogError             the catalog as a whole
    │   ├── CatalogTooNew        written by a newer version of the format
    │   ├── CatalogBusy          another process holds the lock
    │   ├── DamagedError         a stored file is not what was written
    │   └── StorageError         the disk or object store refused (full, no permission)
    ├── VideoError               one film
    │   ├── VideoNotFound        no such file, or a pattern that matches nothing
    │   ├── VideoRejected        not a video that is decoded here
    │   └── DecodeError          opened, but no picture came out
    ├── ExecutorError            the Dask cluster cannot do the work
    ├── EncoderError             an encoder cannot be had or used
    │   ├── EncoderNotFound      no model of that name, folder or repository
    │   ├── EncoderUnavailable   offline, cut off, or no permission
    │   └── EncoderMismatch      vectors of one encoder, queries of another
    ├── SearchIndexError         the index is missing, empty or unusable
    ├── QueryError               a query or filter that cannot be answered
    │   └── UnknownColumn        a filter names a column that is not there
    └── RegressionError          a search is measurably worse than the one before

A message says what was given, what is allowed and what to do next. One ``except VidsearchError`` catches all.
"""

from __future__ import annotations


class VidsearchError(Exception):
    """Base of every error of this package."""


class CatalogError(VidsearchError):
    """The catalog cannot be opened, read or written."""


class CatalogTooNew(CatalogError):
    """The catalog was written in a newer format than this version knows; it is not written to."""


class CatalogBusy(CatalogError):
    """Another process holds the lock for longer than the wait allowed."""


class DamagedError(CatalogError):
    """A stored file is missing, cut or altered; ``Catalog.verify`` lists all such files."""


class StorageError(CatalogError):
    """The disk or object store refused to read or write (full, no permission, gone)."""


class VideoError(VidsearchError):
    """One film cannot be used as asked."""


class VideoNotFound(VideoError):
    """A path does not exist, a pattern matches nothing, or a film is not in the catalog."""


class VideoRejected(VideoError):
    """The file is not a video of a container and codec that is decoded here."""


class DecodeError(VideoError):
    """The file opened as a video but no picture could be decoded from it."""


class ExecutorError(VidsearchError):
    """What was to do the work cannot: Dask workers without package or films, a lost process of torchrun."""


class EncoderError(VidsearchError):
    """An encoder cannot be had or used."""


class EncoderNotFound(EncoderError):
    """No model, folder or repository of that name holds an encoder."""


class EncoderUnavailable(EncoderError):
    """The encoder exists but cannot be fetched: offline, cut off, or no permission."""


class EncoderMismatch(EncoderError):
    """Vectors of one encoder were to be used with another."""


class SearchIndexError(VidsearchError):
    """The search index is missing, empty or unusable."""


class QueryError(VidsearchError):
    """A query, filter or number of results that cannot be answered."""


class UnknownColumn(QueryError):
    """A filter names a column that the shot table does not have."""


class RegressionError(VidsearchError):
    """A search finds less than the one that it was measured against."""
