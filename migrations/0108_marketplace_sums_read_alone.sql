-- Reading sums takes a few milliseconds; beginning parallel workers for it would take more. Every statement that reads
-- them names a city's key, so it says so.
ALTER FUNCTION marketplace.city_key PARALLEL UNSAFE;
