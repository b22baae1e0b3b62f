"""Photo stores and cleaning limits as the settings want them; shared by all processes."""

from api.settings import Settings, StoreKind
from audits.photos.isolation import CleaningLimits
from audits.photos.stores import FolderStore, PhotoStore, S3Access, S3Store


def open_store(settings: Settings) -> PhotoStore:
    """Open the photo store of this installation; asks nobody yet, so it never fails."""
    chosen = settings.store
    if chosen.kind is StoreKind.FOLDER:
        return FolderStore(chosen.folder or settings.photos_dir)
    return S3Store(
        S3Access(
            endpoint_url=chosen.endpoint_url,
            bucket=chosen.bucket,
            region=chosen.region,
            access_key_id=chosen.access_key_id,
            secret_access_key=chosen.secret_access_key.get_secret_value(),
            prefix=chosen.prefix,
        )
    )


def cleaning_limits(settings: Settings) -> CleaningLimits:
    """Give what cleaning one photo may cost, and where the face detector's model lies."""
    return CleaningLimits(settings.photos.max_pixels, settings.photos.face_model)
