-- What customers look for on the platform and what they open, as counts by day: nothing says who it was.

CREATE TABLE marketplace.search_day (
    day               date NOT NULL,
    term              text NOT NULL,
    searches          bigint NOT NULL,
    results           bigint NOT NULL,
    without_results   bigint NOT NULL,
    clicks            bigint NOT NULL,
    PRIMARY KEY (day, term)
);
COMMENT ON TABLE marketplace.search_day IS 'How often a folded term was searched for on a UTC day, and what it found; '''' are those whose words are not kept.';
CREATE TABLE marketplace.search_delta (LIKE marketplace.search_day);
SELECT kernel.keep_sums('marketplace.search_delta', '{day,term}', '{searches,results,without_results,clicks}',
                        kept_in => 'marketplace.search_day');

CREATE TABLE marketplace.shown_day (
    day           date NOT NULL,
    service_id    text NOT NULL,
    impressions   bigint NOT NULL,
    clicks        bigint NOT NULL,
    PRIMARY KEY (day, service_id)
);
COMMENT ON TABLE marketplace.shown_day IS 'How often a service was shown among results on a UTC day, and opened from there.';
CREATE TABLE marketplace.shown_delta (LIKE marketplace.shown_day);
SELECT kernel.keep_sums('marketplace.shown_delta', '{day,service_id}', '{impressions,clicks}',
                        kept_in => 'marketplace.shown_day');
