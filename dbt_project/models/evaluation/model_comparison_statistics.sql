with days as (

    select * from {{ ref('model_comparison_days') }}

),

differences as (

    select
        horizon, challenger_id, day_no,
        'ic' as measure,
        challenger_ic - champion_ic as difference
    from days
    union all
    select
        horizon, challenger_id, day_no,
        'squared_error' as measure,
        champion_squared_error - challenger_squared_error as difference
    from days

),

centred as (

    select
        differences.*,
        avg(difference) over by_series as mean_difference,
        difference - avg(difference) over by_series as deviation,
        count(*) over by_series as n_days
    from differences
    where difference is not null
    window by_series as (partition by horizon, challenger_id, measure)

),

lagged as (

    select
        centred.*,
        cast(
            greatest(
                2 * (horizon - 1),
                floor(4 * power(n_days / cast(100 as double precision), {{ 2 / 9 }}))
            ) as integer
        ) as lag_days
    from centred

),

-- Newey and West's variance of the mean: products of days apart, weighted down to the lag
variances as (

    select
        today.horizon,
        today.challenger_id,
        today.measure,
        today.n_days,
        today.lag_days,
        today.mean_difference,
        sum(
            case when earlier.day_no = today.day_no then 1 else 2 end
            * (1 - (today.day_no - earlier.day_no) / (today.lag_days + cast(1 as double precision)))
            * today.deviation * earlier.deviation
        ) / power(today.n_days, 2) as variance_of_mean
    from lagged as today
    inner join lagged as earlier
        on
            today.horizon = earlier.horizon
            and today.challenger_id = earlier.challenger_id
            and today.measure = earlier.measure
            and earlier.day_no between today.day_no - today.lag_days and today.day_no
    group by
        today.horizon, today.challenger_id, today.measure,
        today.n_days, today.lag_days, today.mean_difference

),

tested as (

    select
        horizon,
        challenger_id,
        cast(measure as varchar) as measure,
        cast(n_days as bigint) as n_days,
        lag_days,
        mean_difference,
        case when variance_of_mean > 0 then mean_difference / sqrt(variance_of_mean) end
            as t_statistic,
        least((lag_days + 1) / cast(n_days as double precision), 1) as bandwidth
    from variances

),

-- a lag that is long beside the days leaves the variance uncertain, and t is wider than normal
shrunk as (

    select
        tested.*,
        t_statistic * 1.96 / {{ fixed_b_critical_value('bandwidth') }} as normal_statistic
    from tested

),

with_p_values as (

    select
        horizon, challenger_id, measure, n_days, lag_days, mean_difference, t_statistic,
        {{ two_sided_p_value('normal_statistic') }} as p_value
    from shrunk

)

select * from with_p_values
