with ratios as (

    select * from {{ ref('trial_sharpe_ratios') }}

),

-- rounded, so that trials that differ in the last bits share a place
ranked as (

    select
        horizon,
        run_id,
        cast(
            rank() over (partition by horizon order by floor(sharpe * 1e10 + 0.5) desc) as bigint
        ) as sharpe_rank
    from ratios
    where sharpe is not null and run_id = first_run_id

),

standardised as (

    select
        ratios.*,
        runs.kind,
        ranked.sharpe_rank,
        best.n_trials,
        best.n_scored,
        best.variance_of_trials,
        best.expected_best_sharpe,
        {{ sharpe_statistic('0') }} as above_zero,
        {{ sharpe_statistic('best.expected_best_sharpe') }} as above_best
    from ratios
    inner join {{ ref('stg_ml__runs') }} as runs on ratios.run_id = runs.run_id
    inner join {{ ref('trial_expected_best') }} as best on ratios.horizon = best.horizon
    left join ranked
        on ratios.horizon = ranked.horizon and ratios.first_run_id = ranked.run_id

),

final as (

    select
        trials.horizon,
        trials.run_id,
        trials.first_run_id,
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
        {{ normal_cdf('trials.above_zero') }} as probabilistic_sharpe,
        {{ normal_cdf('trials.above_best') }} as deflated_sharpe,
        overfitting.n_compared,
        overfitting.pbo
    from standardised as trials
    left join {{ ref('trial_overfitting') }} as overfitting
        on trials.horizon = overfitting.horizon

)

select * from final
