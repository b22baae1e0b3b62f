"""What becomes of a job that cannot go back to the queue, because another of its kind waits.

A task with a queueing lock has one job that waits at most. While one runs, a second may be
enqueued; should the first fail then, or its worker die, there is no room for it among those that
wait. The library lets the refusal of the database escape: the job would count as running for
ever, and whoever shares its lock would wait as long. Here it is over instead, and leaves no row:
the one that waits begins by reading the state again, so it does all that was left undone.
"""

from datetime import datetime

import structlog
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import QUEUEING_LOCK_CONSTRAINT, JobManager

log = structlog.get_logger()


class YieldingJobManager(JobManager):
    """The library's own, but for a retry that finds its place in the queue taken."""

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put a job back into the queue, or end it where another of its kind waits."""
        try:
            await super().retry_job(
                job=job, retry_at=retry_at, priority=priority, queue=queue, lock=lock
            )
        except UniqueViolation as error:
            if error.constraint_name != QUEUEING_LOCK_CONSTRAINT:
                raise
            log.info("retry_left_to_another", job=job.id, task=job.task_name)
            await self.finish_job(job, status=Status.ABORTED, delete_job=True)
