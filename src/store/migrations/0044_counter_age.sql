-- Windows that are long over are deleted; this finds them among the many of keys and members.
CREATE INDEX counter_age ON counter (window_start) WHERE interval <> 'lifetime';
