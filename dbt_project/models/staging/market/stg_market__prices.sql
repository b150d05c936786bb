{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['ticker', 'dt'],
    indexes=table_indexes(['ticker', 'dt'], ['dt', 'loaded_at']),
) }}

with versions as (

    select * from {{ ref('stg_market__price_versions') }}
    {% if is_incremental() -%}
        where loaded_at > (
            select coalesce(max(loaded_at), timestamp '0001-01-01 00:00:00') from {{ this }}
        )
    {%- endif %}

),

newest as (

    select versions.*
    from versions
    where not exists (
        select 1
        from versions as newer
        where
            newer.ticker = versions.ticker
            and newer.dt = versions.dt
            and newer.loaded_at > versions.loaded_at
    )

)

select * from newest
order by dt, ticker
