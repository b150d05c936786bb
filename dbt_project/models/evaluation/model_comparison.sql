with models as (

    select * from {{ ref('stg_ml__models') }}

),

pairs as (

    select
        challengers.horizon,
        champions.model_id as champion_id,
        challengers.model_id as challenger_id,
        cast(count(*) over (partition by challengers.horizon) as bigint) as n_challengers
    from models as challengers
    left join models as champions
        on challengers.horizon = champions.horizon and champions.model_alias = 'champion'
    where challengers.model_alias = 'challenger'

),

days as (

    select
        horizon,
        challenger_id,
        min(dt) as dt_from,
        max(dt) as dt_to,
        avg(champion_ic) as champion_ic,
        avg(challenger_ic) as challenger_ic
    from {{ ref('model_comparison_days') }}
    where champion_ic is not null and challenger_ic is not null
    group by horizon, challenger_id

),

statistics as (

    select * from {{ ref('model_comparison_statistics') }}

),

compared as (

    select
        pairs.horizon,
        pairs.champion_id,
        pairs.challenger_id,
        pairs.n_challengers,
        coalesce(ic.n_days, 0) as n_days,
        days.dt_from,
        days.dt_to,
        days.champion_ic,
        days.challenger_ic,
        ic.mean_difference as ic_difference,
        ic.t_statistic as ic_t,
        ic.p_value as ic_p_value,
        loss.mean_difference as squared_error_difference,
        loss.t_statistic as dm_statistic,
        loss.p_value as dm_p_value
    from pairs
    left join days
        on pairs.horizon = days.horizon and pairs.challenger_id = days.challenger_id
    left join statistics as ic
        on
            pairs.horizon = ic.horizon
            and pairs.challenger_id = ic.challenger_id and ic.measure = 'ic'
    left join statistics as loss
        on
            pairs.horizon = loss.horizon
            and pairs.challenger_id = loss.challenger_id and loss.measure = 'squared_error'

),

judged as (

    select
        compared.*,
        case
            when n_days < greatest({{ var('comparison_min_days') }}, 10 * horizon)
                then 'too few days'
            when not coalesce(
                ic_t > 0 and ic_p_value * n_challengers < {{ var('comparison_level') }}, false
            ) then 'IC not higher'
            when coalesce(
                dm_statistic < 0 and dm_p_value < {{ var('comparison_level') }}, false
            ) then 'squared error larger'
            else 'better'
        end as verdict
    from compared

),

final as (

    select
        judged.*,
        verdict = 'better' as is_better
    from judged

)

select * from final
