{#- The groups (origin, run_id, horizon, period) whose forecasts or labels the calling incremental
    model has not seen as they are now. Folds of a run never change, so a run is new or known. -#}
{% macro touched_scores(period='dt', relation=this) -%}
    select distinct origin, run_id, horizon, {{ period_of('dt', period) }} as {{ period }}
    from (
        select 'cv' as origin, folds.run_id, folds.horizon, days.dt
        from {{ ref('stg_ml__cv_folds') }} as folds
        inner join {{ ref('int_trading_days') }} as days
            on days.dt between folds.dt_from and folds.dt_to
        where
            folds.fold_role = 'test'
            and folds.run_id not in (select run_id from {{ relation }} where origin = 'cv')
        union all
        select 'cv' as origin, folds.run_id, folds.horizon, days.dt
        from {{ ref('stg_ml__cv_folds') }} as folds
        inner join ({{ days_with_new_labels(relation) }}) as days
            on days.dt between folds.dt_from and folds.dt_to
        where folds.fold_role = 'test'
        union all
        select 'live' as origin, run_id, horizon, dt
        from {{ ref('live_preds') }}
        where is_out_of_sample and created_at > {{ newest_forecast_in(relation) }}
        union all
        select 'live' as origin, preds.run_id, preds.horizon, preds.dt
        from {{ ref('live_preds') }} as preds
        inner join ({{ days_with_new_labels(relation) }}) as days on preds.dt = days.dt
        where {{ is_since(
            'preds.dt',
            'select min(dt) from (' ~ days_with_new_labels(relation) ~ ') as new_labels',
            ref('int_trading_days')
        ) }}
        union all
        select 'live' as origin, preds.run_id, preds.horizon, preds.dt
        from {{ ref('live_preds') }} as preds
        inner join ({{ moved_models(relation) }}) as moved
            on
                preds.model_id = moved.model_id
                and preds.dt >= moved.moved_from_dt
        where {{ is_since(
            'preds.dt',
            'select min(moved_from_dt) from (' ~ moved_models(relation) ~ ') as moved',
            ref('int_trading_days')
        ) }}
    ) as touched
{%- endmacro %}


{#- A forecast is stored a little after its `created_at`: the last day of them is taken again. -#}
{% macro newest_forecast_in(relation) -%}
    (
        select coalesce(max(forecast_at) - interval '1 day', timestamp '0001-01-01')
        from {{ relation }}
    )
{%- endmacro %}


{#- Models whose first day out of sample is another one than when `relation` was built. -#}
{% macro moved_models(relation) -%}
    select model_id, moved_from_dt
    from {{ ref('models_out_of_sample') }}
    where moved_at > {{ newest_change_in(relation) }}
{%- endmacro %}


{#- Days whose labels were rebuilt, with new prices or a new universe, and days that closed. -#}
{% macro days_with_new_labels(relation) -%}
    select dt from {{ ref('labels') }} where changed_at > {{ newest_change_in(relation) }}
    union
    select dt
    from {{ ref('int_trading_days') }}
    where
        (not is_open and changed_at > {{ newest_change_in(relation) }})
        or {{ reference_version() }}
            is distinct from (select max(reference_version) from {{ relation }})
{%- endmacro %}
