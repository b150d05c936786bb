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

trials as (

    select
        scored.horizon,
        runs.run_id,
        runs.kind,
        cast(
            count(*) over (partition by scored.horizon) + unscored.n_runs as bigint
        ) as n_trials
    from scored
    inner join runs on scored.run_id = runs.run_id
    cross join unscored

),

ranked as (

    select
        trials.*,
        ratios.n_periods,
        ratios.dt_from,
        ratios.dt_to,
        ratios.mean_spread,
        ratios.sharpe,
        ratios.skewness,
        ratios.kurtosis,
        cast(count(ratios.sharpe) over by_horizon as bigint) as n_scored,
        var_samp(ratios.sharpe) over by_horizon as variance_of_trials,
        -- rounded, so that copies of one trial share a place
        case
            when ratios.sharpe is not null
                then
                    cast(
                        rank() over (
                            partition by trials.horizon
                            order by floor(ratios.sharpe * 1e10 + 0.5) desc nulls last
                        ) as bigint
                    )
        end as sharpe_rank
    from trials
    left join {{ ref('trial_sharpe_ratios') }} as ratios
        on trials.horizon = ratios.horizon and trials.run_id = ratios.run_id
    window by_horizon as (partition by trials.horizon)

),

expected as (

    select
        ranked.*,
        1 - 1 / cast(n_trials as double precision) as quantile_of_one,
        1 - 1 / (n_trials * cast({{ e }} as double precision)) as quantile_of_e,
        1 - skewness * sharpe + (kurtosis - 1) / 4 * power(sharpe, 2) as scaled_variance
    from ranked

),

deflated as (

    select
        expected.*,
        case
            when n_trials = 1 then 0
            else
                sqrt(variance_of_trials) * (
                    {{ 1 - gamma }} * ({{ normal_quantile('quantile_of_one') }})
                    + {{ gamma }} * ({{ normal_quantile('quantile_of_e') }})
                )
        end as expected_best_sharpe
    from expected

),

standardised as (

    select
        deflated.*,
        case
            when scaled_variance > 0
                then sharpe * sqrt((n_periods - 1) / scaled_variance)
        end as t_of_zero,
        case
            when scaled_variance > 0
                then (sharpe - expected_best_sharpe) * sqrt((n_periods - 1) / scaled_variance)
        end as t_of_best
    from deflated

),

final as (

    select
        trials.horizon,
        trials.run_id,
        trials.kind,
        trials.n_trials,
        trials.n_scored,
        trials.sharpe_rank,
        trials.n_periods,
        trials.dt_from,
        trials.dt_to,
        trials.mean_spread,
        trials.sharpe,
        trials.skewness,
        trials.kurtosis,
        trials.variance_of_trials,
        trials.expected_best_sharpe,
        {{ normal_cdf('trials.t_of_zero') }} as probabilistic_sharpe,
        {{ normal_cdf('trials.t_of_best') }} as deflated_sharpe,
        overfitting.n_compared,
        overfitting.pbo
    from standardised as trials
    left join {{ ref('trial_overfitting') }} as overfitting
        on trials.horizon = overfitting.horizon

)

select * from final
