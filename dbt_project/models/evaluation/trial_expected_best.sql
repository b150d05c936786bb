{% set gamma = 0.5772156649015329 %}
{% set e = 2.718281828459045 %}
with runs as (

    select * from {{ ref('stg_ml__runs') }}
    where kind in ('train', 'trial')

),

scored as (

    select distinct run_id, horizon from {{ ref('stg_ml__trial_days') }}

),

-- a run without any result does not say its horizon: it counts for each
unscored as (

    select count(*) as n_runs
    from runs
    where run_id not in (select run_id from scored)

),

-- a run repeated is one trial
trials as (

    select
        scored.horizon,
        ratios.sharpe
    from scored
    inner join runs on scored.run_id = runs.run_id
    left join {{ ref('trial_sharpe_ratios') }} as ratios
        on scored.horizon = ratios.horizon and scored.run_id = ratios.run_id
    where ratios.run_id is null or ratios.run_id = ratios.first_run_id

),

counted as (

    select
        trials.horizon,
        cast(count(*) + max(unscored.n_runs) as bigint) as n_trials,
        cast(count(trials.sharpe) as bigint) as n_scored,
        var_samp(trials.sharpe) as variance_of_trials
    from trials
    cross join unscored
    group by trials.horizon

),

quantiles as (

    select
        counted.*,
        1 - 1 / cast(n_trials as double precision) as share_below_best,
        1 - 1 / (n_trials * cast({{ e }} as double precision)) as share_below_far
    from counted

),

expected as (

    select
        horizon,
        n_trials,
        n_scored,
        variance_of_trials,
        case
            when n_trials = 1 then 0
            else
                sqrt(variance_of_trials) * (
                    {{ 1 - gamma }} * ({{ normal_quantile('share_below_best') }})
                    + {{ gamma }} * ({{ normal_quantile('share_below_far') }})
                )
        end as expected_best_sharpe
    from quantiles

)

select * from expected
