-- depends_on: {{ ref('stg_ml__cv_preds') }}, {{ ref('explained_preds') }}
-- depends_on: {{ ref('daily_ic') }}, {{ ref('quantile_returns') }}
{{ config(materialized='incremental', incremental_strategy='append') }}

with stamps as (

    select max(created_at) as forecast_at from {{ ref('stg_ml__preds') }}
    union all
    select max(created_at) as forecast_at from {{ ref('stg_ml__preds_log') }}
    union all
    select max(created_at) as forecast_at from {{ ref('stg_ml__explanations') }}
    union all
    select max(finished_at) as forecast_at from {{ ref('stg_ml__runs') }}

),

newest as (

    select
        max(forecast_at) as forecast_at,
        (select max(changed_at) from {{ ref('labels') }}) as changed_at,
        {{ reference_version() }} as reference_version
    from stamps

)

select * from newest
where
    {{ are_all_tested('newest_forecasts') }}
    and forecast_at is not null
    and changed_at is not null
{% if is_incremental() -%}
    and not exists (
        select 1
        from {{ this }} as earlier
        where
            earlier.forecast_at >= newest.forecast_at
            and earlier.changed_at >= newest.changed_at
            and earlier.reference_version = newest.reference_version
    )
{%- endif %}
