-- In a transaction of its own: held with the lock of the new one's making, it could be a deadlock.
DROP INDEX entries_start;
